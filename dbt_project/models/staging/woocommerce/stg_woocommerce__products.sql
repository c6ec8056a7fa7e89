{#- A product that comes in variations is sold as its variations; both are listed, since an
    order line may name either. -#}
{%- set fields = {
    'id': '$.id',
    'name': '$.name',
    'sku': '$.sku',
    'type': '$.type',
    'status': '$.status',
    'category': '$.categories[0].name',
    'brand': '$.brands[0].name',
    'regular_price': '$.regular_price',
    'price': '$.price',
    'meta_data': '$.meta_data',
    'date_created_gmt': '$.date_created_gmt',
    'date_modified_gmt': '$.date_modified_gmt',
} -%}
with

source as (

    select * from {{ source('woocommerce', 'products') }}

),

variations as (

    select * from {{ source('woocommerce', 'product_variations') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

parsed_variations as (

    {{ json_fields('variations', 'record', fields, raw_columns() + ['record']) }}

),

newest_parents as (

    {{ newest_records('parsed') }}

),

listed as (

    select
        {{ raw_columns() | join(', ') }},
        record,
        id,
        name as product_name,
        sku,
        type,
        status,
        category,
        brand,
        regular_price,
        price,
        meta_data,
        date_created_gmt,
        date_modified_gmt
    from parsed

    union all

    select
        {% for column in raw_columns() -%}
        parsed_variations.{{ column }},
        {% endfor -%}
        parsed_variations.record,
        parsed_variations.id,
        coalesce(nullif(parsed_variations.name, ''), newest_parents.name) as product_name,
        parsed_variations.sku,
        newest_parents.type,
        parsed_variations.status,
        newest_parents.category,
        newest_parents.brand,
        parsed_variations.regular_price,
        parsed_variations.price,
        newest_parents.meta_data,
        parsed_variations.date_created_gmt,
        parsed_variations.date_modified_gmt
    from parsed_variations
    left join newest_parents
        on
            parsed_variations.source_system = newest_parents.source_system
            and parsed_variations.parent_id = newest_parents.record_id

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload,
        coalesce(type in ('gift-card', 'gift_card', 'pw-gift-card'), false)
        or coalesce(meta_data like '%"_gift_card","value":"yes"%', false) as sells_gift_cards,
        coalesce(nullif(regular_price, ''), price) as list_price
    from listed

),

{%- set mapping = {
    'product_id': 'id',
    'sku': 'sku',
    'product_name': 'product_name',
    'category': "replace(category, '&amp;', '&')",
    'brand': 'brand',
    'product_type': "case when sells_gift_cards then 'gift_card' "
        ~ "when type like '%subscription%' then 'subscription' end",
    'is_gift_card': '(sells_gift_cards)',
    'list_price': 'list_price',
    'created_at': 'date_created_gmt',
    'updated_at': 'date_modified_gmt',
    'deleted_at': "coalesce(deleted_at, case when status = 'trash' then "
        ~ read_instant('date_modified_gmt') ~ ' end)',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'products', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
