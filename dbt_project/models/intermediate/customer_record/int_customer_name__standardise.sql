{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_name__order'), 'customer_record_key') }}",
) }}

with

changed as (

    {{ changed_keys(ref('int_customer_name__order'), 'customer_record_key') | indent }}

),

parts as (

    select * from {{ ref('int_customer_name__part') }}

),

placeholders as (

    select
        value as name,
        reason
    from {{ ref('identity_placeholder') }}
    where placeholder_kind = 'name'

),

-- What everyday forms stand for, by how they sound: one name for certain, or several.
nicknames as (

    select * from {{ ref('int_given_name__relate') }}

),

ordered as (

    select
        parts.customer_record_key,
        changed.input_digest,
        parts.language_code,
        parts.origin,
        parts.left_text,
        parts.right_text,
        parts.left_key,
        parts.right_key,
        parts.left_joined_key,
        changed.begins_with_family
    from parts
    inner join changed
        on parts.customer_record_key = changed.customer_record_key

),

split_names as (

    select
        customer_record_key,
        input_digest,
        language_code,
        nullif(case when begins_with_family then right_text else left_text end, '') as given_name,
        nullif(case
            when begins_with_family then left_text
            when origin = 'one field' then {{ last_word('right_text') }}
            else right_text
        end, '') as family_name,
        case when origin = 'fields' and not begins_with_family then left_key end as known_given_key,
        case when origin = 'fields' and not begins_with_family then right_key end
            as known_family_key,
        case when origin = 'fields' and not begins_with_family then left_joined_key end
            as known_joined_key
    from ordered

),

judged as (

    select
        split_names.customer_record_key,
        split_names.input_digest,
        split_names.language_code,
        split_names.known_given_key,
        split_names.known_family_key,
        split_names.known_joined_key,
        case when blocked_given.name is null then split_names.given_name end as given_name,
        case when blocked_family.name is null then split_names.family_name end as family_name,
        case
            when coalesce(blocked_given.reason, blocked_family.reason) is not null
                then 'placeholder: ' || coalesce(blocked_given.reason, blocked_family.reason)
        end as dropped_reason,
        trim(coalesce(split_names.given_name, '') || ' ' || coalesce(split_names.family_name, ''))
            as raw_value
    from split_names
    left join placeholders as blocked_given
        on split_names.given_name = blocked_given.name
    left join placeholders as blocked_family
        on split_names.family_name = blocked_family.name
    where split_names.given_name is not null or split_names.family_name is not null

),

spelt as (

    select
        *,
        case
            when known_given_key is null
                then {{ merge_spellings("split_part(given_name, ' ', 1)", 'language_code') }}
        end as first_word,
        case
            when known_family_key is null
                then {{ merge_spellings("replace(family_name, ' ', '')", 'language_code') }}
        end as family_word,
        case
            when given_name like '% %' and known_joined_key is null
                then {{ merge_spellings("replace(given_name, ' ', '')", 'language_code') }}
        end as joined_word
    from judged

),

keyed as (

    select
        *,
        case
            when given_name is not null
                then coalesce(known_given_key, {{ merge_doubles('first_word') }})
        end as first_word_key,
        case
            when family_name is not null
                then coalesce(known_family_key, {{ merge_doubles('family_word') }})
        end as family_key,
        case
            when given_name like '% %'
                then ' ' || coalesce(known_joined_key, {{ merge_doubles('joined_word') }})
            else ''
        end as joined_key
    from spelt

),

-- The names of the record's own language come first; one of no language that is known here takes
-- what every language agrees on.
final as (

    select
        keyed.customer_record_key,
        case when keyed.dropped_reason is not null then keyed.raw_value end as raw_value,
        keyed.given_name,
        keyed.family_name,
        coalesce(own.given_key, anywhere.given_key, keyed.first_word_key) as given_key,
        -- Ann Mari is Ann to some, and Annmari to others.
        coalesce(own.given_keys, anywhere.given_keys, keyed.first_word_key) || keyed.joined_key
            as given_keys,
        keyed.family_key,
        keyed.dropped_reason,
        keyed.input_digest
    from keyed
    left join nicknames as own
        on
            keyed.language_code = own.language_code
            and keyed.first_word_key = own.nickname_key
    left join nicknames as anywhere
        on
            anywhere.language_code = ''
            and keyed.language_code not in ('el', 'hu', 'ro', 'sv', 'en')
            and keyed.first_word_key = anywhere.nickname_key

)

select * from final
