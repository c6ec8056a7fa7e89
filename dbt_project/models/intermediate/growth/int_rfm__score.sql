with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

segments as (

    select * from {{ ref('rfm_segment') }}

),

customers as (

    select
        customer_id,
        max(order_date) as last_order_date,
        count(*) as orders,
        sum(net_amount_reporting) as net_amount_reporting,
        min(order_key) as lowest_order_key
    from orders
    group by customer_id

),

-- Equal values are told apart by the other two measures and in the end by the lowest key of the
-- customer's orders, so that every night puts the same customer into the same fifth, whatever id
-- its history has given it.
scored as (

    select
        customer_id,
        orders,
        ntile(5) over (
            order by last_order_date, orders, net_amount_reporting, lowest_order_key
        ) as recency_score,
        ntile(5) over (
            order by orders, last_order_date, net_amount_reporting, lowest_order_key
        ) as frequency_score,
        ntile(5) over (
            order by net_amount_reporting, last_order_date, orders, lowest_order_key
        ) as monetary_score
    from customers

),

final as (

    select
        scored.customer_id,
        segments.segment_code,
        segments.segment_name,
        cast(scored.recency_score as integer) as recency_score,
        cast(scored.frequency_score as integer) as frequency_score,
        cast(scored.monetary_score as integer) as monetary_score
    from scored
    left join segments
        on
            scored.recency_score
            between segments.min_recency_score and segments.max_recency_score
            and scored.frequency_score
            between segments.min_frequency_score and segments.max_frequency_score
            and scored.orders >= segments.min_orders
            and (scored.orders <= segments.max_orders or segments.max_orders is null)

)

select * from final
