{%- set fields = {
    'id': '$.id',
    'email': '$.email',
    'phone': '$.phone',
    'address_phone': '$.addresses[0].phone',
    'first_name': '$.first_name',
    'last_name': '$.last_name',
    'street': '$.addresses[0].address_1',
    'postcode': '$.addresses[0].postal_code',
    'city': '$.addresses[0].city',
    'country': '$.addresses[0].country_code',
    'created_at': '$.created_at',
    'updated_at': '$.updated_at',
} -%}
with

source as (

    select * from {{ source('medusa', 'customers') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload
    from parsed

),

{%- set mapping = {
    'customer_id': 'id',
    'is_guest': '(false)',
    'email': 'email',
    'phone': "coalesce(nullif(phone, ''), nullif(address_phone, ''))",
    'first_name': 'first_name',
    'last_name': 'last_name',
    'street': 'street',
    'postcode': 'postcode',
    'city': 'city',
    'country_code': 'upper(country)',
    'created_at': 'created_at',
    'updated_at': 'updated_at',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'customers', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
