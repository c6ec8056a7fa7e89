with

source as (

    select * from {{ source('square', 'locations') }}

),

parsed as (

    {{ json_fields(
        'source', 'record',
        {
            'id': '$.id',
            'name': '$.name',
            'street': '$.address.address_line_1',
            'city': '$.address.locality',
            'postcode': '$.address.postal_code',
            'country': '$.country',
            'email': '$.business_email',
            'phone': '$.phone_number',
        },
        raw_columns() + ['record']
    ) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload
    from parsed

),

{%- set mapping = {
    'store_id': 'id',
    'store_name': 'name',
    'city': 'city',
    'country_code': 'country',
    'store_email': 'email',
    'store_phone': 'phone',
    'store_street': 'street',
    'store_postcode': 'postcode',
} %}

judged as (

    {{ to_contract('placed', 'pos', 'stores', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
