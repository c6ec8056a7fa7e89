-- What counts for the tiers: purchases and events, what refunds took off of them, summed per member
-- and day, since no window is shorter.
with

bases as (

    select * from {{ ref('int_points_base__calculate') }}

),

refunds as (

    select * from {{ ref('int_points_refund__calculate') }}

),

events as (

    select * from {{ ref('int_loyalty_event__resolve') }}
    where counts_for_tier

),

spread_points as (

    select * from {{ ref('int_points_base__spread') }}

),

-- Line by line into orders, which are what counts: their lines count from one day, since one
-- version governs them.
orders as (

    select
        bases.order_key,
        bases.member_number,
        case
            when bases.tier_counts_pending then bases.order_date
            else {{ add_days('bases.order_date', 'bases.pending_days') }}
        end as counted_from,
        sum(coalesce(bases.qualifying_line_points, spread_points.points)) as qualifying_points,
        sum(bases.base_amount_reporting) as base_amount_reporting
    from bases
    left join spread_points on bases.order_line_key = spread_points.order_line_key
    group by
        bases.order_key,
        bases.member_number,
        case
            when bases.tier_counts_pending then bases.order_date
            else {{ add_days('bases.order_date', 'bases.pending_days') }}
        end

),

order_refunds as (

    select
        refunds.refund_line_key,
        refunds.order_line_key,
        refunds.member_number,
        refunds.refund_date,
        refunds.qualifying_points,
        refunds.refunded_base_amount_reporting,
        orders.counted_from,
        orders.base_amount_reporting - sum(refunds.refunded_base_amount_reporting) over (
            partition by refunds.order_key, refunds.member_number
            order by refunds.occurred_at, refunds.refund_line_key
            rows between unbounded preceding and current row
        ) as order_kept_amount_reporting
    from refunds
    inner join orders
        on
            refunds.order_key = orders.order_key
            and refunds.member_number = orders.member_number

),

qualifications as (

    select
        member_number,
        counted_from,
        counted_from as changed_date,
        false as is_refund,
        qualifying_points as points,
        base_amount_reporting as net_spend,
        1 as orders
    from orders

    union all

    -- A refund stops the counting from its own day on, and leaves the window with its purchase.
    select
        member_number,
        counted_from,
        greatest(refund_date, counted_from) as changed_date,
        true as is_refund,
        -qualifying_points as points,
        -refunded_base_amount_reporting as net_spend,
        case
            when order_kept_amount_reporting = 0 and refunded_base_amount_reporting > 0
                then -1
            else 0
        end as orders
    from order_refunds

    union all

    select
        member_number,
        event_date as counted_from,
        event_date as changed_date,
        false as is_refund,
        points,
        0 as net_spend,
        0 as orders
    from events

),

final as (

    select
        member_number,
        counted_from,
        changed_date,
        is_refund,
        cast(sum(points) as bigint) as points,
        cast(sum(net_spend) as decimal(18, 4)) as net_spend,
        cast(sum(orders) as bigint) as orders
    from qualifications
    group by member_number, counted_from, changed_date, is_refund

)

select * from final
