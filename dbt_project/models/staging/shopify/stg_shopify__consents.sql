{#- Only what a customer has said: who was never asked, or has not confirmed yet, has given and
    refused nothing. Each word is a row of its own, by the time at which it was said. -#}
with

source as (

    select * from {{ source('shopify', 'customers') }}

),

parsed as (

    {{ json_fields(
        'source', 'record',
        {
            'id': '$.id',
            'updated': '$.updatedAt',
            'email_state': '$.defaultEmailAddress.marketingState',
            'email_changed': '$.defaultEmailAddress.marketingUpdatedAt',
            'sms_state': '$.defaultPhoneNumber.marketingState',
            'sms_changed': '$.defaultPhoneNumber.marketingUpdatedAt',
        },
        raw_columns() + ['record']
    ) }}

),

channels as (

    select
        *,
        'email' as channel,
        email_state as state,
        coalesce(email_changed, updated) as changed
    from parsed

    union all

    select
        *,
        'sms' as channel,
        sms_state as state,
        coalesce(sms_changed, updated) as changed
    from parsed

),

placed as (

    select
        *,
        record_id || ':' || channel || ':' || coalesce(changed, '') as row_id,
        record as payload,
        {{ gid_number('id') }} as customer_number
    from channels
    where state in ('SUBSCRIBED', 'UNSUBSCRIBED')

),

{%- set mapping = {
    'customer_id': 'customer_number',
    'consent_channel': 'channel',
    'is_granted': "(state = 'SUBSCRIBED')",
    'changed_at': 'changed',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'consents', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
