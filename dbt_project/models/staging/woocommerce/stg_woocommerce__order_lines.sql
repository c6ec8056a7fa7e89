{#- Lines and fees of the newest version of each order. A fee below nought is a discount,
    which the order has. -#}
{%- set fields = {
    'line': '$.id',
    'name': '$.name',
    'product': '$.product_id',
    'variation': '$.variation_id',
    'quantity': '$.quantity',
    'sku': '$.sku',
    'subtotal': '$.subtotal',
    'subtotal_tax': '$.subtotal_tax',
    'total': '$.total',
    'total_tax': '$.total_tax',
    'meta_data': '$.meta_data',
} -%}
with

source as (

    select * from {{ source('woocommerce', 'orders') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record',
        {'prices_include_tax': '$.prices_include_tax', 'date_modified_gmt': '$.date_modified_gmt'},
        raw_columns() + ['record']
    ) }}

),

line_items as (

    {{ json_items(
        'headers', 'record', '$.line_items',
        raw_columns() + ['prices_include_tax', 'date_modified_gmt']
    ) }}

),

fee_items as (

    {{ json_items(
        'headers', 'record', '$.fee_lines',
        raw_columns() + ['prices_include_tax', 'date_modified_gmt']
    ) }}

),

items as (

    select
        *,
        'line_items' as item_kind
    from line_items

    union all

    select
        *,
        'fee_lines' as item_kind
    from fee_items

),

parsed as (

    {{ json_fields(
        'items', 'item', fields,
        raw_columns()
        + ['prices_include_tax', 'date_modified_gmt', 'item_kind', 'item_number', 'item']
    ) }}

),

priced as (

    select
        *,
        record_id || ':' || item_kind || ':' || cast(item_number as {{ dbt.type_string() }})
            as row_id,
        '{"order_id": "' || record_id || '", "line": ' || item || '}' as payload,
        coalesce(prices_include_tax, 'false') = 'true' as has_tax_inside,
        case when item_kind = 'fee_lines' then '1' else quantity end as units,
        case when item_kind = 'fee_lines' then total else subtotal end as price_total,
        case when item_kind = 'fee_lines' then total_tax else subtotal_tax end as price_tax,
        coalesce(nullif(nullif(variation, '0'), ''), nullif(nullif(product, '0'), '')) as product_id
    from parsed
    where item_kind = 'line_items' or coalesce(try_cast(total as decimal(18, 4)), 0) >= 0

),

{%- set with_tax = "{} + case when has_tax_inside then coalesce({}, 0) else 0 end" %}
{%- set gross = with_tax.format(
    'try_cast(price_total as decimal(18, 4))', 'try_cast(price_tax as decimal(18, 4))'
) %}
{%- set net = with_tax.format(
    'try_cast(total as decimal(18, 4))', 'try_cast(total_tax as decimal(18, 4))'
) %}
{%- set mapping = {
    'order_id': 'record_id',
    'line_id': 'line',
    'product_id': 'product_id',
    'sku': 'sku',
    'description': 'name',
    'is_gift_card': "case when meta_data like '%wc_gc_giftcard%' "
        ~ "or meta_data like '%pw_gift_card%' then true end",
    'quantity': 'units',
    'gross_amount': gross,
    'discount_amount': '(' ~ gross ~ ') - (' ~ net ~ ')',
    'tax_amount': 'total_tax',
    'order_updated_at': 'date_modified_gmt',
} %}

judged as (

    {{ to_contract(
        'priced', 'eshop', 'order_lines', mapping,
        {'price_total': 'decimal', 'price_tax': 'decimal', 'total': 'decimal'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
