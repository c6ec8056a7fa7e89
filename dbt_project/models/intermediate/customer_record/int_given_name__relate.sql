with

folded as (

    select
        language_code,
        is_certain,
        given_name,
        case
            when language_code = 'el' then {{ fold_name(fold_greeklish('nickname')) }}
            else nickname
        end as nickname
    from {{ ref('identity_nickname') }}

),

nicknames as (

    select
        language_code,
        is_certain,
        {{ merge_spellings('nickname', 'language_code') }} as nickname,
        {{ merge_spellings('given_name', 'language_code') }} as given_name
    from folded

),

keyed as (

    select
        language_code,
        is_certain,
        {{ merge_doubles('nickname') }} as nickname_key,
        {{ merge_doubles('given_name') }} as given_key
    from nicknames

),

-- A full name stands for itself, and so does whatever else is spelt like it.
formal as (

    select distinct
        language_code,
        given_key
    from keyed

),

-- The row without a language holds what is true in every language that knows the form.
stands_for as (

    select
        language_code,
        nickname_key,
        given_key,
        is_certain
    from keyed

    union all

    select
        '' as language_code,
        nickname_key,
        given_key,
        is_certain
    from keyed

    union all

    select
        language_code,
        given_key as nickname_key,
        given_key,
        true as is_certain
    from formal

    union all

    select
        '' as language_code,
        given_key as nickname_key,
        given_key,
        true as is_certain
    from formal

),

pairs as (

    select
        language_code,
        nickname_key,
        given_key,
        min(case when is_certain then 1 else 0 end) = 1 as is_certain
    from stands_for
    group by language_code, nickname_key, given_key

),

final as (

    select
        language_code,
        nickname_key,
        case
            when count(*) = 1 and min(case when is_certain then 1 else 0 end) = 1
                then min(given_key)
        end as given_key,
        {{ ordered_list('given_key', ' ', 'given_key') }} as given_keys
    from (
        select * from pairs
        union
        select
            language_code,
            nickname_key,
            nickname_key as given_key,
            false as is_certain
        from pairs
        where not is_certain
    ) as every_reading
    group by language_code, nickname_key

)

select * from final
