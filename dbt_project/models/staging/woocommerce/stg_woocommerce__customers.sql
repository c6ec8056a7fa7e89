{%- set fields = {
    'id': '$.id',
    'email': '$.email',
    'account_first_name': '$.first_name',
    'account_last_name': '$.last_name',
    'billing_first_name': '$.billing.first_name',
    'billing_last_name': '$.billing.last_name',
    'phone': '$.billing.phone',
    'street': '$.billing.address_1',
    'postcode': '$.billing.postcode',
    'city': '$.billing.city',
    'country': '$.billing.country',
    'date_created_gmt': '$.date_created_gmt',
    'date_modified_gmt': '$.date_modified_gmt',
} -%}
with

source as (

    select * from {{ source('woocommerce', 'customers') }}

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
    'phone': 'phone',
    'first_name': "coalesce(nullif(account_first_name, ''), nullif(billing_first_name, ''))",
    'last_name': "coalesce(nullif(account_last_name, ''), nullif(billing_last_name, ''))",
    'street': 'street',
    'postcode': 'postcode',
    'city': 'city',
    'country_code': 'country',
    'created_at': 'date_created_gmt',
    'updated_at': 'date_modified_gmt',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'customers', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
