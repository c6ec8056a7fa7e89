{#- What is sold is the variant; a line whose variant is gone names the product alone, so both are
    listed. The price is the first, in its own currency. -#}
{%- set facts = ['title', 'category', 'kind', 'sells_gift_cards', 'created', 'updated'] -%}
with

source as (

    select * from {{ source('medusa', 'products') }}

),

parsed as (

    {{ json_fields(
        'source', 'record',
        {
            'id': '$.id',
            'title': '$.title',
            'category': '$.categories[0].name',
            'kind': '$.type.value',
            'sells_gift_cards': '$.is_giftcard',
            'created': '$.created_at',
            'updated': '$.updated_at',
            'first_sku': '$.variants[0].sku',
            'first_price': '$.variants[0].prices[0].amount',
            'first_currency': '$.variants[0].prices[0].currency_code',
        },
        raw_columns() + ['record']
    ) }}

),

newest as (

    {{ newest_records('parsed') }}

),

items as (

    {{ json_items('newest', 'record', '$.variants', raw_columns() + facts) }}

),

variants as (

    {{ json_fields(
        'items', 'item',
        {
            'variant': '$.id',
            'variant_title': '$.title',
            'sku': '$.sku',
            'price': '$.prices[0].amount',
            'currency': '$.prices[0].currency_code',
        },
        raw_columns() + facts + ['item']
    ) }}

),

listed as (

    select
        {{ (raw_columns() + facts) | join(', ') }},
        record_id as row_id,
        record as payload,
        id as listed_id,
        title as product_name,
        first_sku as sku,
        first_price as price,
        first_currency as currency
    from parsed

    union all

    select
        {{ (raw_columns() + facts) | join(', ') }},
        variant as row_id,
        item as payload,
        variant as listed_id,
        title || ' - ' || variant_title as product_name,
        sku,
        price,
        currency
    from variants

),

{%- set mapping = {
    'product_id': 'listed_id',
    'sku': 'sku',
    'product_name': 'product_name',
    'category': 'coalesce(category, kind)',
    'product_type': "case when sells_gift_cards = 'true' then 'gift_card' end",
    'is_gift_card': "(coalesce(sells_gift_cards, 'false') = 'true')",
    'list_price': 'try_cast(price as decimal(18, 4))',
    'currency_code': 'upper(currency)',
    'created_at': 'created',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('listed', 'eshop', 'products', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
