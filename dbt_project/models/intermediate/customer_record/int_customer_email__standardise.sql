{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_record__digest'), 'customer_record_key') }}",
) }}

with

changed as (

    {{ changed_keys(ref('int_customer_record__digest'), 'customer_record_key') | indent }}

),

records as (

    select
        unified.customer_record_key,
        changed.input_digest,
        unified.email,
        false as is_shop
    from {{ ref('int_customer_record__unify') }} as unified
    inner join changed
        on unified.customer_record_key = changed.customer_record_key
    where trim(unified.email) <> ''

    union all

    -- What accounts and cards said before, for the history of their customers.
    select
        versions.customer_version_key as customer_record_key,
        changed.input_digest,
        versions.email,
        false as is_shop
    from {{ ref('int_customer_version__unify') }} as versions
    inner join changed
        on versions.customer_version_key = changed.customer_record_key
    where not versions.is_newest and trim(versions.email) <> ''

    union all

    -- The shop's own addresses are read likewise: a customer record that carries one has none.
    select
        source_system || ' store ' || store_id as customer_record_key,
        cast(null as bigint) as input_digest,
        email,
        true as is_shop
    from {{ ref('stg_pos__stores') }}
    where trim(email) <> ''

),

providers as (

    select * from {{ ref('identity_email_provider') }}

),

typos as (

    select * from {{ ref('identity_email_typo') }}

),

placeholders as (

    select * from {{ ref('identity_placeholder') }}

),

settings as (

    select * from {{ ref('identity_setting') }}

),

-- The address alone: out of 'Anna <anna@shop.gr>' and 'mailto:', the first of several, a comma for
-- a dot in the domain, no spaces, no full stop at the end.
written as (

    select
        *,
        case
            when email like '%<%@%>%'
                then lower(regexp_extract(email, '<([^<>]*@[^<>]*)>', 1))
            else lower(email)
        end as address
    from records

),

single as (

    select
        customer_record_key,
        input_digest,
        email,
        is_shop,
        translate(
            case
                when address like '%@%@%' and address like '%;%' then split_part(address, ';', 1)
                when address like '%@%@%' and address like '%,%' then split_part(address, ',', 1)
                when address like 'mailto:%' then substring(address, 8, 300)
                else address
            end,
            '＠, <>"''{{ "\u00a0\u200b" }}', '@.'
        ) as address
    from written

),

trimmed as (

    select
        customer_record_key,
        input_digest,
        email,
        is_shop,
        case when address like '%.' then substring(address, 1, length(address) - 1) else address end
            as address
    from single

),

parsed as (

    select
        trimmed.*,
        split_part(trimmed.address, '@', 1) as local_part,
        split_part(trimmed.address, '@', 2) as domain,
        length(trimmed.address) <= settings.email_max_length
        and regexp_extract(
            trimmed.address,
            '^[^@:;()]+@([^@ .:;()_!?*/]+[.])+[^@ .:;()_!?*/0-9-][^@ .:;()_!?*/]+$', 0
        ) = trimmed.address
        and trimmed.address not like '%..%'
        and trimmed.address not like '%.@%'
        and trimmed.address not like '.%' as is_valid
    from trimmed
    cross join settings

),

ended as (

    select
        *,
        regexp_extract(domain, '[^.]*$', 0) as top_domain
    from parsed

),

corrected_end as (

    select
        ended.*,
        case
            when typos.value is not null
                then substring(ended.domain, 1, length(ended.domain) - length(ended.top_domain))
                    || typos.canonical_value
            else ended.domain
        end as ended_domain
    from ended
    left join typos
        on
            typos.typo_kind = 'tld'
            and ended.top_domain = typos.value

),

corrected as (

    select
        corrected_end.*,
        coalesce(typos.canonical_value, corrected_end.ended_domain) as meant_domain
    from corrected_end
    left join typos
        on
            typos.typo_kind = 'domain'
            and corrected_end.ended_domain = typos.value

),

canonical as (

    select
        corrected.*,
        coalesce(providers.canonical_domain, corrected.meant_domain) as canonical_domain,
        translate(
            case
                when providers.ignores_plus_tag then split_part(corrected.local_part, '+', 1)
                else corrected.local_part
            end,
            coalesce(providers.ignored_characters, ''), ''
        ) as mailbox
    from corrected
    left join providers
        on corrected.meant_domain = providers.email_domain

),

composed as (

    select
        *,
        mailbox || '@' || canonical_domain as canonical_email
    from canonical

),

shop_address as (

    select distinct canonical_email
    from composed
    where is_shop and is_valid

),

judged as (

    select
        composed.*,
        case
            when not composed.is_valid or composed.mailbox = '' or composed.mailbox like '%.'
                then 'not an e-mail address'
            when blocked_domain.value is not null then 'placeholder: ' || blocked_domain.reason
            when blocked_name.value is not null then 'placeholder: ' || blocked_name.reason
            when blocked_local.value is not null then 'placeholder: ' || blocked_local.reason
            when blocked_mailbox.value is not null then 'placeholder: ' || blocked_mailbox.reason
            when blocked_address.value is not null then 'placeholder: ' || blocked_address.reason
            when shop_address.canonical_email is not null
                then 'shop-owned: the address of a store'
        end as dropped_reason
    from composed
    left join placeholders as blocked_domain
        on
            blocked_domain.placeholder_kind = 'email_domain'
            and composed.meant_domain = blocked_domain.value
    left join placeholders as blocked_name
        on
            blocked_name.placeholder_kind = 'email_domain_name'
            and split_part(composed.meant_domain, '.', 1) = blocked_name.value
    left join placeholders as blocked_local
        on
            blocked_local.placeholder_kind = 'email_local'
            and composed.local_part = blocked_local.value
    left join placeholders as blocked_mailbox
        on
            blocked_mailbox.placeholder_kind = 'email_local'
            and composed.mailbox = blocked_mailbox.value
    left join placeholders as blocked_address
        on
            blocked_address.placeholder_kind = 'email'
            and composed.canonical_email = blocked_address.value
    left join shop_address
        on composed.canonical_email = shop_address.canonical_email
    where not composed.is_shop

),

final as (

    select
        customer_record_key,
        email as raw_value,
        case when dropped_reason is null then canonical_email end as email,
        case when dropped_reason is null then local_part || '@' || meant_domain end
            as delivery_email,
        dropped_reason,
        input_digest
    from judged

)

select * from final
