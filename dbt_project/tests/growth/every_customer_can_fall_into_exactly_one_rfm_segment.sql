with

segments as (

    select * from {{ ref('rfm_segment') }}

),

fifths as (

    select 1 as score
    union all
    select 2 as score
    union all
    select 3 as score
    union all
    select 4 as score
    union all
    select 5 as score

),

-- The bounds themselves and what lies just beyond them stand for every number of orders.
order_counts as (

    select min_orders as orders
    from segments

    union

    select max_orders + 1 as orders
    from segments
    where max_orders is not null

    union

    select 1 as orders

)

select
    recency.score as recency_score,
    frequency.score as frequency_score,
    order_counts.orders,
    count(segments.segment_code) as segments
from fifths as recency
cross join fifths as frequency
cross join order_counts
left join segments
    on
        recency.score between segments.min_recency_score and segments.max_recency_score
        and frequency.score
        between segments.min_frequency_score and segments.max_frequency_score
        and order_counts.orders >= segments.min_orders
        and (order_counts.orders <= segments.max_orders or segments.max_orders is null)
where order_counts.orders >= 1
group by recency.score, frequency.score, order_counts.orders
having count(segments.segment_code) <> 1
