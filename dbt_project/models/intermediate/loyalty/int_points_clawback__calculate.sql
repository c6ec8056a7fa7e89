-- What each refund takes back of the points of its line, at the rate frozen on the line.
with

refunds as (

    select * from {{ ref('int_points_refund__calculate') }}

),

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

joined as (

    select
        refunds.refund_line_key,
        refunds.kept_base_amount_reporting,
        refunds.refunded_base_amount_reporting,
        refunds.occurred_at,
        refunds.refund_date,
        earnings.order_line_key,
        earnings.order_key,
        earnings.member_number,
        earnings.programme_code,
        earnings.rule_version,
        earnings.points_rounding,
        earnings.points_per_unit,
        earnings.base_amount_reporting,
        earnings.points
    from refunds
    inner join earnings on refunds.order_line_key = earnings.order_line_key

),

kept as (

    select
        *,
        {{ kept_points('points', 'points_per_unit') }} as kept_points
    from joined

),

final as (

    select
        refund_line_key,
        order_line_key as lot_id,
        order_key,
        order_line_key,
        member_number,
        programme_code,
        rule_version,
        points_per_unit,
        occurred_at,
        refund_date,
        refunded_base_amount_reporting,
        lag(kept_points, 1, points) over (
            partition by order_line_key
            order by occurred_at, refund_line_key
        ) - kept_points as points
    from kept

)

select * from final
