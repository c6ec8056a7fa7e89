with

source as (

    select * from {{ source('medusa', 'orders') }}

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
            'packed': '$.packed_at',
            'shipped': '$.shipped_at',
            'delivered': '$.delivered_at',
            'cancelled': '$.canceled_at',
            'updated': '$.updated_at',
        },
        raw_columns() + ['item']
    ) }}

),

placed as (

    select
        *,
        fulfillment as row_id,
        '{"order_id": "' || record_id || '", "fulfillment": ' || item || '}' as payload
    from parsed
    where cancelled is null

),

{%- set mapping = {
    'shipment_id': 'fulfillment',
    'order_id': 'record_id',
    'shipment_status': "case when delivered is not null then 'delivered' "
        ~ "when shipped is not null then 'shipped' else 'packed' end",
    'shipped_at': 'shipped',
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
