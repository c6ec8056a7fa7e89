{#- Only what a person has said. Every word of a profile is a row of its own, by the time at which
    it was said; an unsubscription or a complaint is one also when the profile does not tell of it
    yet. A suppression that the person or the retailer wished outweighs a subscription, whichever is
    younger; that of an address that bounced says nothing of what the person wants. -#}
{%- set marketing = '$.attributes.subscriptions.' -%}
with

profiles as (

    select * from {{ source('klaviyo', 'profiles') }}

),

withdrawals as (

    select * from {{ ref('stg_klaviyo__message_events') }}
    where message_step in ('unsubscribed', 'complained') and profile_id is not null

),

parsed as (

    {{ json_fields(
        'profiles', 'record',
        {
            'updated': '$.attributes.updated',
            'email_state': marketing ~ 'email.marketing.consent',
            'email_said': marketing ~ 'email.marketing.consent_timestamp',
            'email_changed': marketing ~ 'email.marketing.last_updated',
            'sms_state': marketing ~ 'sms.marketing.consent',
            'sms_said': marketing ~ 'sms.marketing.consent_timestamp',
            'sms_changed': marketing ~ 'sms.marketing.last_updated',
            'push_state': marketing ~ 'mobile_push.marketing.consent',
            'push_said': marketing ~ 'mobile_push.marketing.consent_timestamp',
        },
        raw_columns() + ['record']
    ) }}

),

suppression_items as (

    {{ json_items(
        'profiles',
        'record',
        marketing ~ 'email.marketing.suppression',
        ['source_system', 'record_id', 'version']
    ) }}

),

suppressions as (

    {{ json_fields(
        'suppression_items',
        'item',
        {'reason': '$.reason', 'suppressed': '$.timestamp'},
        ['source_system', 'record_id', 'version']
    ) }}

),

suppressed as (

    select
        source_system,
        record_id,
        version,
        max({{ read_instant('suppressed') }}) as suppressed_at
    from suppressions
    where reason in ('SPAM_COMPLAINT', 'UNSUBSCRIBE', 'USER_SUPPRESSED')
    group by source_system, record_id, version

),

channels as (

    select
        parsed.*,
        'email' as channel,
        case when suppressed.suppressed_at is null then parsed.email_state else 'UNSUBSCRIBED' end
            as state,
        coalesce(parsed.email_said, parsed.email_changed, parsed.updated) as said,
        suppressed.suppressed_at
    from parsed
    left join suppressed
        on
            parsed.source_system = suppressed.source_system
            and parsed.record_id = suppressed.record_id
            and parsed.version = suppressed.version

    union all

    select
        *,
        'sms' as channel,
        sms_state as state,
        coalesce(sms_said, sms_changed, updated) as said,
        cast(null as timestamp) as suppressed_at
    from parsed

    union all

    select
        *,
        'push' as channel,
        push_state as state,
        coalesce(push_said, updated) as said,
        cast(null as timestamp) as suppressed_at
    from parsed

),

words as (

    select
        {{ raw_columns() | join(', ') }},
        record,
        record_id as profile_id,
        channel,
        state = 'SUBSCRIBED' as is_granted,
        said,
        case
            when suppressed_at is null then {{ read_instant('said') }}
            else greatest(suppressed_at, coalesce({{ read_instant('email_said') }}, suppressed_at))
        end as said_at
    from channels
    where state in ('SUBSCRIBED', 'UNSUBSCRIBED')

    union all

    select
        {{ raw_columns() | join(', ') }},
        record,
        profile_id,
        message_channel as channel,
        false as is_granted,
        happened as said,
        happened_at as said_at
    from withdrawals

),

placed as (

    select
        *,
        record_id || ':' || channel || ':' || coalesce(cast(said_at as string), '') as row_id,
        record as payload
    from words

),

{%- set mapping = {
    'customer_id': 'profile_id',
    'consent_channel': 'channel',
    'is_granted': '(is_granted)',
    'changed_at': '(said_at)',
} %}

judged as (

    {{ to_contract('placed', 'eshop', 'consents', mapping, verify={'said': 'timestamp'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
