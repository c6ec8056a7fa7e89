with

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

lots as (

    select * from {{ ref('fct_points_lot') }}

),

clawbacks as (

    select * from {{ ref('int_points_clawback__calculate') }}

),

restricted_clawbacks as (

    select
        lot_id,
        debit_id,
        debit_clawed_back
    from {{ ref('int_points_lot__spend_one_by_one') }}

),

redemptions as (

    select * from {{ ref('int_points_redemption__calculate') }}

),

earn_movements as (

    select
        'earn:' || lot_id as movement_id,
        customer_id,
        'earn' as movement_type,
        lot_id,
        order_key,
        order_line_key,
        cast(null as string) as refund_line_key,
        cast(null as string) as payment_key,
        rule_version,
        points,
        points_per_unit,
        base_amount_reporting,
        occurred_at,
        earned_date as movement_date
    from earnings
    where points > 0

),

-- After its lot has expired a clawback can only take what had been spent of it; those members were
-- reckoned debit by debit, which says how much that was.
clawback_movements as (

    select
        'clawback:' || clawbacks.refund_line_key as movement_id,
        clawbacks.customer_id,
        'clawback' as movement_type,
        clawbacks.lot_id,
        clawbacks.order_key,
        clawbacks.order_line_key,
        clawbacks.refund_line_key,
        cast(null as string) as payment_key,
        clawbacks.rule_version,
        -coalesce(restricted_clawbacks.debit_clawed_back, clawbacks.points) as points,
        clawbacks.points_per_unit,
        -clawbacks.refunded_base_amount_reporting as base_amount_reporting,
        clawbacks.occurred_at,
        clawbacks.refund_date as movement_date
    from clawbacks
    left join restricted_clawbacks
        on
            clawbacks.refund_line_key = restricted_clawbacks.debit_id
            and clawbacks.lot_id = restricted_clawbacks.lot_id

),

expiry_movements as (

    select
        'expire:' || lot_id as movement_id,
        customer_id,
        'expire' as movement_type,
        lot_id,
        order_key,
        order_line_key,
        cast(null as string) as refund_line_key,
        cast(null as string) as payment_key,
        rule_version,
        -points_expired as points,
        cast(null as decimal(9, 4)) as points_per_unit,
        cast(null as decimal(18, 4)) as base_amount_reporting,
        expires_at as occurred_at,
        {{ add_days('expires_date', 1) }} as movement_date
    from lots

),

redeem_movements as (

    select
        'redeem:' || payment_key as movement_id,
        customer_id,
        'redeem' as movement_type,
        cast(null as string) as lot_id,
        order_key,
        cast(null as string) as order_line_key,
        cast(null as string) as refund_line_key,
        payment_key,
        rule_version,
        -points as points,
        cast(null as decimal(9, 4)) as points_per_unit,
        cast(null as decimal(18, 4)) as base_amount_reporting,
        occurred_at,
        paid_date as movement_date
    from redemptions

),

movements as (

    select * from earn_movements
    union all
    select * from clawback_movements
    union all
    select * from expiry_movements
    union all
    select * from redeem_movements

),

final as (

    select
        movement_id,
        customer_id,
        movement_type,
        lot_id,
        order_key,
        order_line_key,
        refund_line_key,
        payment_key,
        rule_version,
        cast(points as bigint) as points,
        cast(points_per_unit as decimal(9, 4)) as points_per_unit,
        cast(base_amount_reporting as decimal(18, 4)) as base_amount_reporting,
        occurred_at,
        movement_date
    from movements
    where points <> 0

)

select * from final
