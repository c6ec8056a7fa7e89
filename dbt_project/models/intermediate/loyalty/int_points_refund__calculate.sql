-- What each refund leaves of the base of its line. Reckoned from what is left, so that many small
-- refunds take exactly what one large one would, and a full refund takes everything.
with

refund_lines as (

    select * from {{ ref('fct_refund_line') }}

),

bases as (

    select * from {{ ref('int_points_base__calculate') }}

),

spread_points as (

    select * from {{ ref('int_points_base__spread') }}

),

-- Nothing is taken back before it was bought.
refunds as (

    select
        refund_lines.refund_line_key,
        bases.order_line_key,
        bases.order_key,
        bases.member_number,
        bases.qualifying_rate,
        coalesce(bases.qualifying_line_points, spread_points.points) as qualifying_points,
        bases.points_rounding,
        bases.goods_amount,
        bases.base_amount_reporting,
        greatest(refund_lines.refunded_at, bases.ordered_at) as occurred_at,
        greatest(refund_lines.refund_date, bases.order_date) as refund_date,
        sum(refund_lines.amount) over (
            partition by bases.order_line_key
            order by
                greatest(refund_lines.refunded_at, bases.ordered_at),
                refund_lines.refund_line_key
            rows between unbounded preceding and current row
        ) as refunded_so_far_amount
    from refund_lines
    inner join bases on refund_lines.order_line_key = bases.order_line_key
    left join spread_points on bases.order_line_key = spread_points.order_line_key

),

kept as (

    select
        *,
        cast(
            case
                when goods_amount <= refunded_so_far_amount then 0
                when refunded_so_far_amount = 0 then base_amount_reporting
                else
                    {{ proportion(
                        'base_amount_reporting', 'goods_amount - refunded_so_far_amount', 'goods_amount'
                    ) }}
            end as decimal(18, 4)
        ) as kept_base_amount_reporting
    from refunds

),

counted as (

    select
        *,
        {{ kept_points('qualifying_points', 'qualifying_rate') }} as kept_qualifying_points
    from kept

),

final as (

    select
        refund_line_key,
        order_line_key,
        order_key,
        member_number,
        occurred_at,
        refund_date,
        kept_base_amount_reporting,
        lag(kept_base_amount_reporting, 1, base_amount_reporting) over (
            partition by order_line_key
            order by occurred_at, refund_line_key
        ) - kept_base_amount_reporting as refunded_base_amount_reporting,
        lag(kept_qualifying_points, 1, qualifying_points) over (
            partition by order_line_key
            order by occurred_at, refund_line_key
        ) - kept_qualifying_points as qualifying_points
    from counted

)

select * from final
