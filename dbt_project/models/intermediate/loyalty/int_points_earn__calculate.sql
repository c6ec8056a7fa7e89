with

bases as (

    select * from {{ ref('int_points_base__calculate') }}

),

held_rates as (

    select * from {{ ref('int_points_rate__hold') }}

),

spread_points as (

    select * from {{ ref('int_points_earn__spread') }}

),

rated as (

    select
        bases.*,
        coalesce(held_rates.points_per_unit, bases.qualifying_rate) as points_per_unit,
        held_rates.points_per_unit is null as has_qualifying_rate,
        spread_points.points as spread_points
    from bases
    left join held_rates on bases.order_line_key = held_rates.order_line_key
    left join spread_points on bases.order_line_key = spread_points.order_line_key

),

final as (

    select
        order_line_key,
        order_key,
        member_number,
        programme_code,
        rule_version,
        points_rounding,
        pending_days,
        points_per_unit,
        base_amount_reporting,
        case
            when points_rounded_per = 'order' then spread_points
            when has_qualifying_rate then qualifying_line_points
            else {{ round_points('points_per_unit * base_amount_reporting', 'points_rounding') }}
        end as points,
        ordered_at as occurred_at,
        order_date as earned_date
    from rated

)

select * from final
