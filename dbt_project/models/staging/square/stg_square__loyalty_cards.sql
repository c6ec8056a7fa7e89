{#- Square knows a customer at the till by the profile, whether a member or not. The profile's
    id is the card; with a loyalty account, it was issued when the customer enrolled. -#}
{%- set fields = {
    'id': '$.id',
    'given_name': '$.given_name',
    'family_name': '$.family_name',
    'email': '$.email_address',
    'phone': '$.phone_number',
    'street': '$.address.address_line_1',
    'postcode': '$.address.postal_code',
    'city': '$.address.locality',
    'country': '$.address.country',
    'birthday': '$.birthday',
    'created': '$.created_at',
    'updated': '$.updated_at',
} -%}
with

source as (

    select * from {{ source('square', 'customers') }}

),

accounts as (

    select * from {{ source('square', 'loyalty_accounts') }}

),

newest_accounts as (

    {{ newest_records('accounts') }}

),

memberships as (

    {{ json_fields(
        'newest_accounts', 'record',
        {
            'customer': '$.customer_id',
            'enrolled': '$.enrolled_at',
            'created': '$.created_at',
            'phone': '$.mapping.phone_number',
        },
        ['source_system', 'deleted_at']
    ) }}

),

members as (

    select
        source_system,
        customer,
        min(coalesce(enrolled, created)) as enrolled,
        min(phone) as member_phone
    from memberships
    where deleted_at is null and customer is not null
    group by source_system, customer

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        coalesce(members.enrolled, parsed.created) as issued,
        coalesce(nullif(parsed.phone, ''), members.member_phone) as known_phone,
        -- Without a year, Square writes 0000.
        case when parsed.birthday not like '0000%' then parsed.birthday end as known_birthday
    from parsed
    left join members
        on
            parsed.source_system = members.source_system
            and parsed.record_id = members.customer

),

{%- set mapping = {
    'card_number': 'id',
    'card_status': "'active'",
    'email': 'email',
    'phone': 'known_phone',
    'first_name': 'given_name',
    'last_name': 'family_name',
    'birth_date': 'known_birthday',
    'street': 'street',
    'postcode': 'postcode',
    'city': 'city',
    'country_code': 'country',
    'registered_at': 'issued',
    'updated_at': 'updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('joined', 'pos', 'loyalty_cards', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
