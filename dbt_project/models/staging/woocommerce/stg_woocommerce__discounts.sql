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

items as (

    {{ json_items(
        'headers', 'record', '$.coupon_lines',
        raw_columns() + ['prices_include_tax', 'date_modified_gmt']
    ) }}

),

parsed as (

    {{ json_fields(
        'items', 'item',
        {
            'coupon': '$.id',
            'code': '$.code',
            'discount': '$.discount',
            'discount_tax': '$.discount_tax',
        },
        raw_columns() + ['prices_include_tax', 'date_modified_gmt', 'item_number', 'item']
    ) }}

),

placed as (

    select
        *,
        record_id || ':' || cast(item_number as {{ dbt.type_string() }}) as row_id,
        '{"order_id": "' || record_id || '", "coupon": ' || item || '}' as payload
    from parsed

),

{%- set mapping = {
    'discount_id': 'coupon',
    'order_id': 'record_id',
    'discount_code': 'code',
    'discount_kind': "'coupon'",
    'amount': "try_cast(discount as decimal(18, 4)) + case when prices_include_tax = 'true' "
        ~ 'then coalesce(try_cast(discount_tax as decimal(18, 4)), 0) else 0 end',
    'updated_at': 'date_modified_gmt',
} %}

judged as (

    {{ to_contract(
        'placed', 'eshop', 'discounts', mapping, {'discount': 'decimal', 'discount_tax': 'decimal'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
