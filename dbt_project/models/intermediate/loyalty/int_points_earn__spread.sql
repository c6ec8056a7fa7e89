-- Points with tiers of the lines whose programme rounds by order: spread anew over the whole order,
-- of which a tier may multiply some lines only.
with

bases as (

    select * from {{ ref('int_points_base__calculate') }}
    where points_rounded_per = 'order'

),

held_rates as (

    select * from {{ ref('int_points_rate__hold') }}

),

rated as (

    select
        bases.order_line_key,
        bases.order_key,
        bases.member_number,
        bases.base_amount_reporting,
        bases.points_rounding,
        coalesce(held_rates.points_per_unit, bases.qualifying_rate) as points_per_unit
    from bases
    left join held_rates on bases.order_line_key = held_rates.order_line_key

),

final as (

    {{ spread_points('rated', rate='points_per_unit') }}

)

select * from final
