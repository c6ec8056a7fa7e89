with

records as (

    select
        customer_record_key,
        email,
        translate(lower(email), ' <>"', '') as address
    from {{ ref('int_customer_record__unify') }}
    where trim(email) <> ''

),

providers as (

    select * from {{ ref('identity_email_provider') }}

),

placeholders as (

    select * from {{ ref('identity_placeholder') }}

),

settings as (

    select * from {{ ref('identity_setting') }}

),

parsed as (

    select
        records.*,
        split_part(records.address, '@', 1) as local_part,
        split_part(records.address, '@', 2) as domain,
        length(records.address) <= settings.email_max_length
        and regexp_extract(records.address, '^[^@]+@[a-z0-9.-]+[.][a-z][a-z]+$', 0)
        = records.address
        and records.address not like '%..%'
        and records.address not like '%.@%'
        and records.address not like '%@.%'
        and records.address not like '.%' as is_valid
    from records
    cross join settings

),

canonical as (

    select
        parsed.*,
        coalesce(providers.canonical_domain, parsed.domain) as canonical_domain,
        case
            when providers.ignores_plus_tag then split_part(parsed.local_part, '+', 1)
            else parsed.local_part
        end as untagged_part,
        coalesce(providers.ignores_dots, false) as ignores_dots
    from parsed
    left join providers
        on parsed.domain = providers.email_domain

),

composed as (

    select
        *,
        case
            when ignores_dots then replace(untagged_part, '.', '')
            else untagged_part
        end || '@' || canonical_domain as canonical_email
    from canonical

),

judged as (

    select
        composed.*,
        case
            when not composed.is_valid or composed.untagged_part = '' then 'not an e-mail address'
            when blocked_domain.value is not null then 'placeholder: ' || blocked_domain.reason
            when blocked_local.value is not null then 'placeholder: ' || blocked_local.reason
            when blocked_address.value is not null then 'placeholder: ' || blocked_address.reason
        end as dropped_reason
    from composed
    left join placeholders as blocked_domain
        on
            blocked_domain.placeholder_kind = 'email_domain'
            and composed.domain = blocked_domain.value
    left join placeholders as blocked_local
        on
            blocked_local.placeholder_kind = 'email_local'
            and composed.local_part = blocked_local.value
    left join placeholders as blocked_address
        on
            blocked_address.placeholder_kind = 'email'
            and composed.canonical_email = blocked_address.value

),

final as (

    select
        customer_record_key,
        email as raw_value,
        case when dropped_reason is null then canonical_email end as email,
        dropped_reason
    from judged

)

select * from final
