with

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

written as (

    select
        records.customer_record_key,
        lower(records.first_name) as first_name,
        lower(records.last_name) as last_name,
        lower(records.full_name) as full_name,
        coalesce(countries.language_code, records.language_code, '') as language_code,
        coalesce(countries.is_family_first, false) as is_family_first
    from records
    left join countries
        on upper(trim(records.country_code)) = countries.country_code
    where
        {{ is_given('records.first_name') }}
        or {{ is_given('records.last_name') }}
        or {{ is_given('records.full_name') }}

),

folded as (

    select
        customer_record_key,
        language_code,
        is_family_first,
        {%- for column_name in ['first_name', 'last_name', 'full_name'] %}
        case
            when {{ column_name }} is null then ''
            when language_code = 'el' then {{ fold_name(fold_greeklish(column_name)) }}
            else {{ fold_name(column_name) }}
        end as {{ column_name }},
        {%- endfor %}
        {{ fold_name("split_part(full_name, ',', 1)") }} as name_before_comma,
        full_name like '%,%' as has_comma
    from written

),

untitled as (

    select
        folded.customer_record_key,
        folded.language_code,
        folded.is_family_first,
        folded.has_comma,
        folded.name_before_comma,
        case
            when first_title.title is not null
                then substring(folded.first_name, length(first_title.title) + 2, 300)
            else folded.first_name
        end as first_name,
        case
            when last_title.title is not null
                then substring(folded.last_name, length(last_title.title) + 2, 300)
            else folded.last_name
        end as last_name,
        case
            when full_title.title is not null
                then substring(folded.full_name, length(full_title.title) + 2, 300)
            else folded.full_name
        end as full_name
    from folded
    left join titles as first_title
        on
            split_part(folded.first_name, ' ', 1) = first_title.title
            and folded.first_name like '% %'
    left join titles as last_title
        on
            split_part(folded.last_name, ' ', 1) = last_title.title
            and folded.last_name like '% %'
    left join titles as full_title
        on
            split_part(folded.full_name, ' ', 1) = full_title.title
            and folded.full_name like '% %'

),

-- The two ends of a name that came in one field: which of them is known as a given name?
ends as (

    select
        *,
        split_part(full_name, ' ', 1) as first_word,
        {{ last_word('full_name') }} as last_word
    from untitled
    where first_name = '' and last_name = '' and full_name <> ''

),

known_names as (

    select distinct
        language_code,
        nickname_key
    from nicknames

),

end_keys as (

    select
        *,
        {{ merge_spellings('first_word') }} as first_spelling,
        {{ merge_spellings('last_word') }} as last_spelling
    from ends

),

-- Hungarians write the family name first, and so do officials in Greece and Romania: a comma says
-- so, an initial or a known given name at the end says so, else the custom of the country.
ordered as (

    select
        end_keys.customer_record_key,
        end_keys.first_word,
        end_keys.last_word,
        case
            when end_keys.first_word = end_keys.last_word then false
            when length(end_keys.last_word) = 1 and length(end_keys.first_word) > 1 then true
            when length(end_keys.first_word) = 1 and length(end_keys.last_word) > 1 then false
            when
                known_last.nickname_key is not null and known_first.nickname_key is null
                then true
            when
                known_first.nickname_key is not null and known_last.nickname_key is null
                then false
            else end_keys.is_family_first
        end as begins_with_family
    from end_keys
    left join known_names as known_first
        on
            end_keys.language_code = known_first.language_code
            and {{ merge_doubles('end_keys.first_spelling') }} = known_first.nickname_key
    left join known_names as known_last
        on
            end_keys.language_code = known_last.language_code
            and {{ merge_doubles('end_keys.last_spelling') }} = known_last.nickname_key

),

split_names as (

    select
        untitled.customer_record_key,
        untitled.language_code,
        nullif(case
            when ordered.customer_record_key is null then untitled.first_name
            when untitled.has_comma and untitled.full_name like untitled.name_before_comma || ' %'
                then substring(untitled.full_name, length(untitled.name_before_comma) + 2, 300)
            when ordered.begins_with_family
                then split_part(untitled.full_name, ' ', 2)
            else ordered.first_word
        end, '') as given_name,
        nullif(case
            when ordered.customer_record_key is null then untitled.last_name
            when untitled.has_comma and untitled.full_name like untitled.name_before_comma || ' %'
                then untitled.name_before_comma
            when ordered.begins_with_family then ordered.first_word
            when untitled.full_name like '% %' then ordered.last_word
        end, '') as family_name
    from untitled
    left join ordered
        on untitled.customer_record_key = ordered.customer_record_key

),

judged as (

    select
        split_names.customer_record_key,
        split_names.language_code,
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
        {{ merge_doubles('family_word') }} as family_key
    from spelt

),

-- The names of the record's own language come first; one of no language that is known here takes
-- what every language agrees on.
final as (

    select
        keyed.customer_record_key,
        keyed.raw_value,
        keyed.given_name,
        keyed.family_name,
        coalesce(own.given_key, anywhere.given_key, keyed.first_word_key) as given_key,
        coalesce(own.given_keys, anywhere.given_keys, keyed.first_word_key) as given_keys,
        keyed.family_key,
        keyed.dropped_reason
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
