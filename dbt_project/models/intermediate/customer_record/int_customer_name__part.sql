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

    select * from {{ ref('int_customer_record__unify') }}

),

countries as (

    select * from {{ ref('identity_country') }}

),

titles as (

    select distinct title
    from {{ ref('identity_name_title') }}

),

known_names as (

    select distinct
        language_code,
        nickname_key
    from {{ ref('int_given_name__relate') }}

),

written as (

    select
        records.customer_record_key,
        changed.input_digest,
        lower(records.first_name) as first_name,
        lower(records.last_name) as last_name,
        lower(records.full_name) as full_name,
        coalesce(countries.language_code, records.language_code, '') as language_code,
        coalesce(countries.is_family_first, false) as is_family_first
    from records
    inner join changed
        on records.customer_record_key = changed.customer_record_key
    left join countries
        on upper(trim(records.country_code)) = countries.country_code
    where
        {{ is_given('records.first_name') }}
        or {{ is_given('records.last_name') }}
        or {{ is_given('records.full_name') }}

),

-- Many share a name: every spelling is folded and keyed once.
texts as (
    {% for column_name in ['first_name', 'last_name', 'full_name'] %}
    select
        language_code,
        {{ column_name }} as name_text
    from written
    where {{ column_name }} <> ''
    {%- if not loop.last %}

    union
    {% endif %}
    {%- endfor %}

),

folded as (

    select
        language_code,
        name_text,
        case
            when language_code = 'el' then {{ fold_name(fold_greeklish('name_text')) }}
            else {{ fold_name('name_text') }}
        end as folded_name,
        case
            when name_text like '%,%' then {{ fold_name("split_part(name_text, ',', 1)") }}
        end as before_comma
    from texts

),

untitled as (

    select
        folded.language_code,
        folded.name_text,
        folded.before_comma,
        case
            when titles.title is not null
                then substring(folded.folded_name, length(titles.title) + 2, 300)
            else folded.folded_name
        end as folded_name
    from folded
    left join titles
        on
            split_part(folded.folded_name, ' ', 1) = titles.title
            and folded.folded_name like '% %'

),

text_spelt as (

    select
        *,
        {{ merge_spellings("split_part(folded_name, ' ', 1)", 'language_code') }} as word_spelling,
        case
            when folded_name like '% %'
                then {{ merge_spellings("replace(folded_name, ' ', '')", 'language_code') }}
        end as joined_spelling
    from untitled

),

text_keyed as (

    select
        *,
        {{ merge_doubles('word_spelling') }} as word_key,
        {{ merge_doubles('coalesce(joined_spelling, word_spelling)') }} as joined_key
    from text_spelt

),

-- The two parts of every name. One field is parted behind its first word, or at its comma.
named as (

    select
        written.customer_record_key,
        written.input_digest,
        written.language_code,
        written.is_family_first,
        coalesce(first_text.folded_name, '') as first_name,
        coalesce(last_text.folded_name, '') as last_name,
        coalesce(full_text.folded_name, '') as full_name,
        full_text.before_comma,
        first_text.word_key as first_word_key,
        first_text.joined_key as first_joined_key,
        last_text.joined_key as last_joined_key
    from written
    left join text_keyed as first_text
        on
            written.language_code = first_text.language_code
            and written.first_name = first_text.name_text
    left join text_keyed as last_text
        on
            written.language_code = last_text.language_code
            and written.last_name = last_text.name_text
    left join text_keyed as full_text
        on
            written.language_code = full_text.language_code
            and written.full_name = full_text.name_text

),

parted as (

    select
        *,
        case
            when first_name <> '' or last_name <> '' then 'fields'
            when full_name like before_comma || ' %' then 'comma'
            else 'one field'
        end as origin,
        case
            when first_name <> '' or last_name <> '' then first_name
            when full_name like before_comma || ' %' then before_comma
            else split_part(full_name, ' ', 1)
        end as left_text,
        case
            when first_name <> '' or last_name <> '' then last_name
            when full_name like before_comma || ' %'
                then substring(full_name, length(before_comma) + 2, 300)
            when full_name like '% %'
                then substring(full_name, length(split_part(full_name, ' ', 1)) + 2, 300)
            else ''
        end as right_text
    from named

),

part_spelt as (

    select
        *,
        case
            when origin <> 'fields'
                then {{ merge_spellings("split_part(left_text, ' ', 1)", 'language_code') }}
        end as left_spelling,
        case
            when origin <> 'fields'
                then {{ merge_spellings(last_word('right_text'), 'language_code') }}
        end as right_spelling
    from parted

),

part_keyed as (

    select
        *,
        -- An initial is no word, and tells nothing of the other part.
        case
            when origin = 'fields' and length(left_text) > 1 and length(right_text) > 1 then 1
            else 0
        end as own_uses,
        case
            when origin = 'fields' then coalesce(first_word_key, '')
            else {{ merge_doubles('left_spelling') }}
        end as left_key,
        case
            when origin = 'fields' then coalesce(last_joined_key, '')
            else {{ merge_doubles('right_spelling') }}
        end as right_key
    from part_spelt

),

final as (

    select
        part_keyed.customer_record_key,
        part_keyed.language_code,
        part_keyed.is_family_first,
        part_keyed.origin,
        part_keyed.left_text,
        part_keyed.right_text,
        part_keyed.left_key,
        part_keyed.right_key,
        part_keyed.own_uses,
        case when part_keyed.origin = 'fields' then part_keyed.first_joined_key end
            as left_joined_key,
        known_left.nickname_key is not null as is_left_known,
        known_right.nickname_key is not null as is_right_known,
        part_keyed.input_digest
    from part_keyed
    left join known_names as known_left
        on
            part_keyed.language_code = known_left.language_code
            and part_keyed.left_key = known_left.nickname_key
    left join known_names as known_right
        on
            part_keyed.language_code = known_right.language_code
            and part_keyed.right_key = known_right.nickname_key

)

select * from final
