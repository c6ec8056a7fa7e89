with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

-- Two receipts of one day are one visit: a gap of zero days says nothing of a person's rhythm.
purchase_days as (

    select distinct
        customer_id,
        order_date
    from orders

),

last_days as (

    select
        customer_id,
        max(order_date) as last_order_date,
        {{ day_difference('max(order_date)', as_of_date()) }} as days_since_last_order
    from purchase_days
    group by customer_id

),

neighbours as (

    select
        customer_id,
        order_date,
        lag(order_date) over (
            partition by customer_id
            order by order_date
        ) as previous_order_date
    from purchase_days

),

gaps as (

    select
        customer_id,
        {{ day_difference('previous_order_date', 'order_date') }} as gap_days
    from neighbours
    where previous_order_date is not null

),

ranked as (

    select
        customer_id,
        gap_days,
        row_number() over (
            partition by customer_id
            order by gap_days
        ) - 1 as gap_rank,
        count(*) over (partition by customer_id) as gap_count
    from gaps

),

-- The quantile lies between two ranks; written out because engines want a literal in
-- percentile_cont, and the quantile is a setting.
positioned as (

    select
        ranked.customer_id,
        ranked.gap_days,
        ranked.gap_rank,
        ranked.gap_count,
        settings.cadence_quantile * (ranked.gap_count - 1) as quantile_rank
    from ranked
    cross join settings

),

measured as (

    select
        customer_id,
        gap_count,
        max(gap_days) as longest_gap_days,
        quantile_rank - floor(quantile_rank) as fraction_above,
        max(case when gap_rank = floor(quantile_rank) then gap_days end) as gap_below,
        max(case when gap_rank = ceil(quantile_rank) then gap_days end) as gap_above
    from positioned
    group by customer_id, gap_count, quantile_rank

),

cadences as (

    select
        customer_id,
        gap_count,
        longest_gap_days,
        cast(gap_below + fraction_above * (gap_above - gap_below) as decimal(12, 3))
            as usual_gap_days
    from measured

),

final as (

    select
        last_days.customer_id,
        last_days.days_since_last_order,
        cadences.usual_gap_days,
        cadences.longest_gap_days,
        coalesce(cadences.gap_count, 0) as gap_count,
        case
            when
                coalesce(cadences.gap_count, 0) < settings.cadence_min_gaps
                then 'undetermined'
            when last_days.days_since_last_order <= cadences.usual_gap_days then 'active'
            when last_days.days_since_last_order <= cadences.longest_gap_days then 'at_risk'
            else 'lapsing'
        end as cadence_status
    from last_days
    left join cadences
        on last_days.customer_id = cadences.customer_id
    cross join settings

)

select * from final
