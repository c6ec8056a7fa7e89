with

refund_lines as (

    select * from {{ ref('fct_refund_line') }}

),

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

refunds as (

    select
        refund_lines.refund_line_key,
        refund_lines.refunded_at as occurred_at,
        refund_lines.refund_date,
        earnings.lot_id,
        earnings.order_key,
        earnings.order_line_key,
        earnings.customer_id,
        earnings.rule_version,
        earnings.points_rounding,
        earnings.points_per_unit,
        earnings.points,
        earnings.base_amount_reporting,
        earnings.goods_amount,
        sum(refund_lines.amount) over (
            partition by earnings.lot_id
            order by refund_lines.refunded_at, refund_lines.refund_line_key
            rows between unbounded preceding and current row
        ) as refunded_so_far_amount
    from refund_lines
    inner join earnings on refund_lines.order_line_key = earnings.order_line_key

),

-- Reckoned from what is left, so that many small refunds take exactly what one large one would, and
-- a full refund takes everything.
kept_shares as (

    select
        *,
        cast(goods_amount - refunded_so_far_amount as double)
        / cast(nullif(goods_amount, 0) as double) as kept_share
    from refunds

),

kept_bases as (

    select
        *,
        cast(
            case
                when goods_amount > refunded_so_far_amount
                    then round(kept_share * cast(base_amount_reporting as double), 4)
                else 0
            end as decimal(18, 4)
        ) as kept_base_amount_reporting
    from kept_shares

),

kept_points as (

    select
        *,
        {{ round_points('points_per_unit * kept_base_amount_reporting', 'points_rounding') }}
            as kept_points
    from kept_bases

),

final as (

    select
        refund_line_key,
        lot_id,
        order_key,
        order_line_key,
        customer_id,
        rule_version,
        points_per_unit,
        occurred_at,
        refund_date,
        lag(kept_base_amount_reporting, 1, base_amount_reporting) over (
            partition by lot_id
            order by occurred_at, refund_line_key
        ) - kept_base_amount_reporting as refunded_base_amount_reporting,
        lag(kept_points, 1, points) over (
            partition by lot_id
            order by occurred_at, refund_line_key
        ) - kept_points as points
    from kept_points

)

select * from final
