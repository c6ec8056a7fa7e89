with

records as (

    select
        customer_record_key,
        {{ fold_name('first_name') }} as first_name,
        {{ fold_name('last_name') }} as last_name,
        {{ fold_name('full_name') }} as full_name,
        full_name like '%,%' as has_comma
    from {{ ref('int_customer_record__unify') }}

),

placeholders as (

    select
        value as name,
        reason
    from {{ ref('identity_placeholder') }}
    where placeholder_kind = 'name'

),

spelt_nicknames as (

    select
        {{ merge_spellings('nickname') }} as nickname,
        {{ merge_spellings('given_name') }} as given_name
    from {{ ref('identity_nickname') }}

),

nicknames as (

    select
        {{ merge_doubles('nickname') }} as nickname_key,
        min({{ merge_doubles('given_name') }}) as given_key
    from spelt_nicknames
    group by {{ merge_doubles('nickname') }}

),

-- A name in one field has no sure order: its first word stands for the given name and its last for
-- the family name, and names are compared crosswise as well.
split_names as (

    select
        customer_record_key,
        case
            when first_name <> '' or last_name <> '' then nullif(first_name, '')
            when full_name like '% %' and has_comma then {{ last_word('full_name') }}
            else nullif(split_part(full_name, ' ', 1), '')
        end as given_name,
        case
            when first_name <> '' or last_name <> '' then nullif(last_name, '')
            when full_name like '% %' and has_comma then split_part(full_name, ' ', 1)
            when full_name like '% %' then {{ last_word('full_name') }}
        end as family_name
    from records

),

judged as (

    select
        split_names.customer_record_key,
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
        {{ merge_spellings("split_part(given_name, ' ', 1)") }} as first_word,
        {{ merge_spellings("replace(family_name, ' ', '')") }} as family_word
    from judged

),

keyed as (

    select
        *,
        {{ merge_doubles('first_word') }} as first_word_key,
        {{ merge_doubles('family_word') }} as family_word_key
    from spelt

),

final as (

    select
        keyed.customer_record_key,
        keyed.raw_value,
        keyed.given_name,
        keyed.family_name,
        coalesce(nicknames.given_key, keyed.first_word_key) as given_key,
        keyed.family_word_key as family_key,
        keyed.dropped_reason
    from keyed
    left join nicknames
        on keyed.first_word_key = nicknames.nickname_key

)

select * from final
