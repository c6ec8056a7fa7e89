with

movements as (

    {{ shadow_rows(
        ref('stg_pos__loyalty_movements'), ref('stg_eshop__loyalty_movements'),
        ['movement_id', 'movement_type', 'points', 'order_id', 'order_system', 'occurred_at']
    ) }}

),

final as (

    select
        {{ source_key('source_system', ['movement_id']) }} as shadow_movement_key,
        source_system,
        known_programme_code as programme_code,
        coalesce(known_programme_code || ':' || customer_id, holder_key) as account_key,
        movement_type,
        points,
        coalesce(order_system, source_system) || ':' || order_id as order_key,
        occurred_at,
        {{ business_date('occurred_at') }} as movement_date
    from movements

)

select * from final
