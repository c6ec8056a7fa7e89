with

source as (

    {{ landed('eshop', 'shipments') }}

),

newest as (

    {{ newest_version('source', key=['shipment_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        shipment_id,
        order_id,
        shipment_status,
        shipped_at,
        promised_at,
        delivered_at,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
