with

source as (

    select * from {{ source('eshop', 'loyalty_movements') }}

),

newest as (

    {{ newest_version('source', key=['movement_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        movement_id,
        customer_id,
        movement_type,
        points,
        order_id,
        order_system,
        programme_code,
        occurred_at,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
