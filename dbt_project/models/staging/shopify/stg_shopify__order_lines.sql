{#- Lines of the newest version of each order, those that were taken out since included: what was
    taken out is a refund. An edited order has the quantities after the edit, its sums those
    before, so the price of one speaks there. -#}
{%- set facts = ['updated', 'edited'] -%}
{%- set fields = {
    'line': '$.id',
    'name': '$.name',
    'sku': '$.sku',
    'quantity': '$.quantity',
    'sells_gift_card': '$.isGiftCard',
    'product': '$.product.id',
    'variant': '$.variant.id',
    'unit': '$.originalUnitPriceSet.shopMoney.amount',
    'total': '$.originalTotalSet.shopMoney.amount',
} -%}
with

source as (

    select * from {{ source('shopify', 'orders') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record', {'updated': '$.updatedAt', 'edited': '$.edited'},
        raw_columns() + ['record']
    ) }}

),

items as (

    {{ json_items('headers', 'record', '$.lineItems', raw_columns() + facts) }}

),

parsed as (

    {{ json_fields(
        'items', 'item', fields, raw_columns() + facts + ['item_number', 'item']
    ) }}

),

tax_items as (

    {{ json_items(
        '(select *, item_number as line_number from parsed) as numbered', 'item', '$.taxLines',
        ['source_system', 'record_id', 'line_number']
    ) }}

),

tax_amounts as (

    {{ json_fields(
        'tax_items', 'item', {'amount': '$.priceSet.shopMoney.amount'},
        ['source_system', 'record_id', 'line_number']
    ) }}

),

taxes as (

    select
        source_system,
        record_id,
        line_number,
        sum({{ shopify_money('amount') }}) as tax_amount
    from tax_amounts
    group by source_system, record_id, line_number

),

discount_items as (

    {{ json_items(
        '(select *, item_number as line_number from parsed) as numbered', 'item',
        '$.discountAllocations', ['source_system', 'record_id', 'line_number']
    ) }}

),

discount_amounts as (

    {{ json_fields(
        'discount_items', 'item', {'amount': '$.allocatedAmountSet.shopMoney.amount'},
        ['source_system', 'record_id', 'line_number']
    ) }}

),

discounts as (

    select
        source_system,
        record_id,
        line_number,
        sum({{ shopify_money('amount') }}) as discount_amount
    from discount_amounts
    group by source_system, record_id, line_number

),

joined as (

    select
        parsed.*,
        parsed.record_id || ':' || cast(parsed.item_number as {{ dbt.type_string() }}) as row_id,
        '{"order_id": "' || {{ gid_number('parsed.record_id') }} || '", "line": '
        || parsed.item || '}' as payload,
        {{ gid_number('parsed.record_id') }} as order_number,
        {{ gid_number('parsed.line') }} as line_id,
        coalesce({{ gid_number('parsed.variant') }}, {{ gid_number('parsed.product') }})
            as product_number,
        coalesce(taxes.tax_amount, 0) as tax_amount,
        coalesce(discounts.discount_amount, 0) as discount_amount
    from parsed
    left join taxes
        on
            parsed.source_system = taxes.source_system
            and parsed.record_id = taxes.record_id
            and parsed.item_number = taxes.line_number
    left join discounts
        on
            parsed.source_system = discounts.source_system
            and parsed.record_id = discounts.record_id
            and parsed.item_number = discounts.line_number

),

{%- set mapping = {
    'order_id': 'order_number',
    'line_id': 'line_id',
    'product_id': 'product_number',
    'sku': 'sku',
    'description': 'name',
    'is_gift_card': "case when sells_gift_card = 'true' then true end",
    'quantity': 'quantity',
    'unit_price': 'unit',
    'gross_amount': "case when coalesce(edited, 'false') = 'false' then "
        ~ shopify_money('total') ~ ' end',
    'discount_amount': '(discount_amount)',
    'tax_amount': '(tax_amount)',
    'order_updated_at': 'updated',
} %}

judged as (

    {{ to_contract('joined', 'eshop', 'order_lines', mapping, {'total': 'decimal'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
