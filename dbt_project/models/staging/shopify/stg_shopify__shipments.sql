with

source as (

    select * from {{ source('shopify', 'orders') }}

),

newest as (

    {{ newest_records('source') }}

),

items as (

    {{ json_items('newest', 'record', '$.fulfillments', raw_columns()) }}

),

parsed as (

    {{ json_fields(
        'items', 'item',
        {
            'fulfillment': '$.id',
            'vendor_status': '$.status',
            'shown_status': '$.displayStatus',
            'created': '$.createdAt',
            'in_transit': '$.inTransitAt',
            'promised': '$.estimatedDeliveryAt',
            'delivered': '$.deliveredAt',
            'updated': '$.updatedAt',
        },
        raw_columns() + ['item']
    ) }}

),

placed as (

    select
        *,
        fulfillment as row_id,
        '{"order_id": "' || {{ gid_number('record_id') }} || '", "fulfillment": ' || item || '}'
            as payload,
        {{ gid_number('fulfillment') }} as shipment_number,
        {{ gid_number('record_id') }} as order_number,
        coalesce(in_transit, created) as shipped
    from parsed
    where vendor_status not in ('CANCELLED', 'ERROR', 'FAILURE')

),

{%- set mapping = {
    'shipment_id': 'shipment_number',
    'order_id': 'order_number',
    'shipment_status': 'lower(coalesce(shown_status, vendor_status))',
    'shipped_at': 'shipped',
    'promised_at': 'promised',
    'delivered_at': 'delivered',
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'shipments', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
