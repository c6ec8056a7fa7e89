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

    select value as name, reason from {{ ref('identity_placeholder') }} where placeholder_kind = 'name'

),

-- A name in one field has no sure order: its first word stands for the given name and its last for the family name,
-- and names are compared crosswise as well.
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

final as (

    select
        customer_record_key,
        raw_value,
        given_name,
        family_name,
        {{ sound_key("split_part(given_name, ' ', 1)") }} as given_key,
        {{ sound_key("replace(family_name, ' ', '')") }} as family_key,
        dropped_reason
    from judged

)

select * from final
