{%- set facts = ['updated', 'has_tax_inside', 'minor_units'] -%}
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

line_items as (

    {{ json_items('headers', 'record', '$.items', raw_columns() + facts) }}

),

adjustment_items as (

    {{ json_items(
        '(select *, item as line from line_items) as lines', 'line', '$.adjustments',
        raw_columns() + facts
    ) }}

),

adjustments as (

    {{ json_fields(
        'adjustment_items', 'item',
        {
            'adjustment': '$.id',
            'code': '$.code',
            'promotion': '$.promotion_id',
            'line': '$.item_id',
            'with_tax': '$.total',
            'without_tax': '$.subtotal',
        },
        raw_columns() + facts + ['item']
    ) }}

),

placed as (

    select
        *,
        adjustment as row_id,
        '{"order_id": "' || record_id || '", "adjustment": ' || item || '}' as payload
    from adjustments

),

{%- set mapping = {
    'discount_id': 'adjustment',
    'order_id': 'record_id',
    'line_id': 'line',
    'discount_code': 'code',
    'discount_kind': "case when promotion is null then 'manual' else 'promotion' end",
    'amount': 'case when has_tax_inside then ' ~ medusa_money('with_tax') ~ ' else '
        ~ medusa_money('without_tax') ~ ' end',
    'updated_at': 'updated',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'discounts', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
