{#- Medusa gives money back for an order, not for its lines: which goods came back is a return, and
    no field ties the two. -#}
{%- set facts = ['updated', 'currency', 'minor_units'] -%}
with

source as (

    select * from {{ source('medusa', 'orders') }}

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

refund_items as (

    {{ json_items(
        '(select *, item as payment from payment_items) as paid', 'payment', '$.refunds',
        raw_columns() + facts
    ) }}

),

refunds as (

    {{ json_fields(
        'refund_items', 'item',
        {
            'refund': '$.id',
            'amount': '$.amount',
            'reason': '$.refund_reason.label',
            'note': '$.note',
            'refunded': '$.created_at',
        },
        raw_columns() + facts + ['item']
    ) }}

),

placed as (

    select
        *,
        refund as row_id,
        '{"order_id": "' || record_id || '", "refund": ' || item || '}' as payload
    from refunds

),

{%- set mapping = {
    'refund_id': 'refund',
    'order_id': 'record_id',
    'currency_code': 'currency',
    'refunded_at': 'refunded',
    'reason': "coalesce(nullif(reason, ''), note)",
    'total_amount': medusa_money('amount'),
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'refunds', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
