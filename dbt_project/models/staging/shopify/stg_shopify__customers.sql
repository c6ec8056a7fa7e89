{%- set fields = {
    'id': '$.id',
    'state': '$.state',
    'locale': '$.locale',
    'verified_email': '$.verifiedEmail',
    'email': '$.defaultEmailAddress.emailAddress',
    'phone': '$.defaultPhoneNumber.phoneNumber',
    'account_first_name': '$.firstName',
    'account_last_name': '$.lastName',
    'address_first_name': '$.defaultAddress.firstName',
    'address_last_name': '$.defaultAddress.lastName',
    'address_phone': '$.defaultAddress.phone',
    'street': '$.defaultAddress.address1',
    'postcode': '$.defaultAddress.zip',
    'city': '$.defaultAddress.city',
    'country': '$.defaultAddress.countryCodeV2',
    'created': '$.createdAt',
    'updated': '$.updatedAt',
} -%}
with

source as (

    select * from {{ source('shopify', 'customers') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload,
        {{ gid_number('id') }} as customer_number,
        lower(split_part(locale, '-', 1)) as language_code
    from parsed

),

{%- set mapping = {
    'customer_id': 'customer_number',
    'is_guest': '(false)',
    'email': 'email',
    'is_email_verified': "case when email is not null then verified_email = 'true' end",
    'phone': "coalesce(nullif(phone, ''), nullif(address_phone, ''))",
    'first_name': "coalesce(nullif(account_first_name, ''), nullif(address_first_name, ''))",
    'last_name': "coalesce(nullif(account_last_name, ''), nullif(address_last_name, ''))",
    'street': 'street',
    'postcode': 'postcode',
    'city': 'city',
    'country_code': 'country',
    'language_code': 'language_code',
    'created_at': 'created',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'customers', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
