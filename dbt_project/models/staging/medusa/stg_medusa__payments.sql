{#- Money moves when a payment is captured, once or in parts. -#}
{%- set facts = ['updated', 'minor_units'] -%}
with

source as (

    select * from {{ source('medusa', 'orders') }}

),

methods as (

    select * from {{ ref('connector_payment_method') }}

),

currencies as (

    select * from {{ ref('currency') }}

),

headers as (

    {{ medusa_orders('source', 'currencies') }}

),

collections as (

    {{ json_items('headers', 'record', '$.payment_collections', raw_columns() + facts) }}

),

payment_items as (

    {{ json_items(
        '(select *, item as collection from collections) as collected', 'collection', '$.payments',
        raw_columns() + facts
    ) }}

),

payments as (

    {{ json_fields(
        'payment_items', 'item', {'provider': '$.provider_id'}, raw_columns() + facts + ['item']
    ) }}

),

capture_items as (

    {{ json_items(
        '(select *, item as payment from payments) as paid', 'payment', '$.captures',
        raw_columns() + facts + ['provider']
    ) }}

),

captures as (

    {{ json_fields(
        'capture_items', 'item',
        {'capture': '$.id', 'amount': '$.amount', 'captured': '$.created_at'},
        raw_columns() + facts + ['provider', 'item']
    ) }}

),

joined as (

    select
        captures.*,
        captures.capture as row_id,
        '{"order_id": "' || captures.record_id || '", "capture": ' || captures.item || '}'
            as payload,
        coalesce(methods.payment_method, 'other') as known_method
    from captures
    left join methods
        on methods.source_kind = 'medusa' and captures.provider = methods.vendor_method

),

{%- set mapping = {
    'payment_id': 'capture',
    'order_id': 'record_id',
    'payment_kind': "'capture'",
    'payment_status': "'succeeded'",
    'payment_method': 'known_method',
    'amount': medusa_money('amount'),
    'paid_at': 'captured',
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'payments', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
