{#- A profile has an address of sorts, which Klaviyo guesses from the IP: it is not asked for. -#}
{%- set fields = {
    'email': '$.attributes.email',
    'phone': '$.attributes.phone_number',
    'first_name': '$.attributes.first_name',
    'last_name': '$.attributes.last_name',
    'locale': '$.attributes.locale',
    'double_optin': '$.attributes.subscriptions.email.marketing.double_optin',
    'created': '$.attributes.created',
    'updated': '$.attributes.updated',
} -%}
with

source as (

    select * from {{ source('klaviyo', 'profiles') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload,
        lower(split_part(locale, '-', 1)) as language_code
    from parsed

),

{%- set mapping = {
    'customer_id': 'record_id',
    'is_guest': '(false)',
    'is_subscriber': '(true)',
    'email': 'email',
    'is_email_verified': "case when email is not null and double_optin = 'true' then true end",
    'phone': 'phone',
    'first_name': 'first_name',
    'last_name': 'last_name',
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
