with

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

clawbacks as (

    select * from {{ ref('int_points_clawback__calculate') }}

),

-- An order counts once, on the first of its lines, and stops counting with the refund that takes
-- back the last of what qualified.
order_bases as (

    select
        order_key,
        min(lot_id) as first_lot_id,
        sum(base_amount_reporting) as base_amount_reporting
    from earnings
    group by order_key

),

refunds as (

    select
        clawbacks.*,
        order_bases.base_amount_reporting - sum(clawbacks.refunded_base_amount_reporting) over (
            partition by clawbacks.order_key
            order by clawbacks.occurred_at, clawbacks.refund_line_key
            rows between unbounded preceding and current row
        ) as order_kept_amount_reporting
    from clawbacks
    inner join order_bases on clawbacks.order_key = order_bases.order_key

),

counted_refunds as (

    select
        refunds.*,
        case
            when
                refunds.order_kept_amount_reporting = 0
                and refunds.refunded_base_amount_reporting > 0
                then 1
            else 0
        end as orders_refunded
    from refunds

),

final as (

    select
        'earn:' || earnings.lot_id as qualification_id,
        earnings.customer_id,
        earnings.qualifies_date as counted_from,
        earnings.qualifies_date as changed_date,
        earnings.points,
        earnings.base_amount_reporting as net_spend,
        case when earnings.lot_id = order_bases.first_lot_id then 1 else 0 end as orders
    from earnings
    inner join order_bases on earnings.order_key = order_bases.order_key

    union all

    -- A refund stops the counting from its own day on, and leaves the window with its purchase.
    select
        'refund:' || counted_refunds.refund_line_key as qualification_id,
        counted_refunds.customer_id,
        earnings.qualifies_date as counted_from,
        greatest(counted_refunds.refund_date, earnings.qualifies_date) as changed_date,
        -counted_refunds.points as points,
        -counted_refunds.refunded_base_amount_reporting as net_spend,
        -counted_refunds.orders_refunded as orders
    from counted_refunds
    inner join earnings on counted_refunds.lot_id = earnings.lot_id

)

select * from final
