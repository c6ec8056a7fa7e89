{#- What is sold is the variant. A line whose variant is gone names the product alone, so both
    are listed; a product costs what its first variant costs. -#}
{%- set facts = [
    'title', 'category', 'type', 'vendor', 'sells_gift_cards', 'created', 'updated',
] -%}
with

source as (

    select * from {{ source('shopify', 'products') }}

),

parsed as (

    {{ json_fields(
        'source', 'record',
        {
            'id': '$.id',
            'title': '$.title',
            'category': '$.category.name',
            'type': '$.productType',
            'vendor': '$.vendor',
            'sells_gift_cards': '$.isGiftCard',
            'created': '$.createdAt',
            'updated': '$.updatedAt',
            'first_sku': '$.variants[0].sku',
            'first_price': '$.variants[0].price',
            'first_compared': '$.variants[0].compareAtPrice',
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
            'price': '$.price',
            'compared': '$.compareAtPrice',
            'variant_created': '$.createdAt',
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
        first_compared as compared,
        created as listed_at
    from parsed

    union all

    select
        {{ (raw_columns() + facts) | join(', ') }},
        variant as row_id,
        item as payload,
        variant as listed_id,
        case
            when variant_title = 'Default Title' then title
            else title || ' - ' || variant_title
        end as product_name,
        sku,
        price,
        compared,
        variant_created as listed_at
    from variants

),

placed as (

    select
        *,
        {{ gid_number('listed_id') }} as product_number,
        coalesce(nullif(type, ''), category) as known_category,
        coalesce(nullif(compared, ''), price) as list_price
    from listed

),

{%- set mapping = {
    'product_id': 'product_number',
    'sku': 'sku',
    'product_name': 'product_name',
    'category': 'known_category',
    'brand': 'vendor',
    'product_type': "case when sells_gift_cards = 'true' then 'gift_card' end",
    'is_gift_card': "(coalesce(sells_gift_cards, 'false') = 'true')",
    'list_price': 'list_price',
    'created_at': 'listed_at',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'products', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
