{#- Lines of the newest version of each order. Discounts are rounded one by one, so that lines and
    discounts are the same money. A line that tells its price without tax in an order that tells
    others with it takes its total. -#}
{%- set facts = ['updated', 'has_tax_inside', 'minor_units'] -%}
{%- set fields = {
    'line': '$.id',
    'title': '$.title',
    'variant_title': '$.variant_title',
    'sku': '$.variant_sku',
    'quantity': '$.quantity',
    'sells_gift_card': '$.is_giftcard',
    'product': '$.product_id',
    'variant': '$.variant_id',
    'unit': '$.unit_price',
    'inclusive': '$.is_tax_inclusive',
    'original_total': '$.original_total',
    'original_subtotal': '$.original_subtotal',
    'tax': '$.tax_total',
} -%}
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

items as (

    {{ json_items('headers', 'record', '$.items', raw_columns() + facts) }}

),

parsed as (

    {{ json_fields(
        'items', 'item', fields, raw_columns() + facts + ['item_number', 'item']
    ) }}

),

discount_items as (

    {{ json_items(
        '(select *, item_number as line_number from parsed) as numbered', 'item', '$.adjustments',
        ['source_system', 'record_id', 'line_number', 'has_tax_inside', 'minor_units']
    ) }}

),

discount_amounts as (

    {{ json_fields(
        'discount_items', 'item', {'with_tax': '$.total', 'without_tax': '$.subtotal'},
        ['source_system', 'record_id', 'line_number', 'has_tax_inside', 'minor_units']
    ) }}

),

discounts as (

    select
        source_system,
        record_id,
        line_number,
        sum(case
            when has_tax_inside then {{ medusa_money('with_tax') }}
            else {{ medusa_money('without_tax') }}
        end) as discount_amount
    from discount_amounts
    group by source_system, record_id, line_number

),

joined as (

    select
        parsed.*,
        parsed.record_id || ':' || cast(parsed.item_number as {{ dbt.type_string() }}) as row_id,
        '{"order_id": "' || parsed.record_id || '", "line": ' || parsed.item || '}' as payload,
        coalesce(parsed.variant, parsed.product) as product_id,
        coalesce(discounts.discount_amount, 0) as discount_amount,
        case
            when coalesce(parsed.variant_title, 'Default variant') = 'Default variant'
                then parsed.title
            else parsed.title || ' - ' || parsed.variant_title
        end as description
    from parsed
    left join discounts
        on
            parsed.source_system = discounts.source_system
            and parsed.record_id = discounts.record_id
            and parsed.item_number = discounts.line_number

),

{%- set mapping = {
    'order_id': 'record_id',
    'line_id': 'line',
    'product_id': 'product_id',
    'sku': 'sku',
    'description': 'description',
    'is_gift_card': "case when sells_gift_card = 'true' then true end",
    'quantity': 'quantity',
    'gross_amount': "case when coalesce(inclusive, 'false') = 'true' and not has_tax_inside then "
        ~ medusa_money('original_subtotal')
        ~ " when coalesce(inclusive, 'false') = 'false' and has_tax_inside then "
        ~ medusa_money('original_total')
        ~ ' else ' ~ round_money(
            'try_cast(unit as decimal(18, 6)) * try_cast(quantity as decimal(14, 4))', 'minor_units'
        ) ~ ' end',
    'discount_amount': '(discount_amount)',
    'tax_amount': medusa_money('tax'),
    'order_updated_at': 'updated',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'order_lines', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
