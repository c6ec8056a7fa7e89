-- Points before tiers of the lines whose programme rounds by order.
with

bases as (

    select * from {{ ref('int_points_base__calculate') }}
    where points_rounded_per = 'order'

),

final as (

    {{ spread_points('bases', rate='qualifying_rate') }}

)

select * from final
