with

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

countries as (

    select * from {{ ref('identity_country') }}

),

settings as (

    select * from {{ ref('identity_setting') }}

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

-- How often a word stands in the field of the given name, and how often in that of the family name.
word_uses as (

    select
        left_key as word_key,
        1 as given_uses,
        0 as family_uses
    from part_keyed
    where own_uses = 1

    union all

    select
        right_key as word_key,
        0 as given_uses,
        1 as family_uses
    from part_keyed
    where own_uses = 1

),

word_counts as (

    select
        word_key,
        sum(given_uses) as given_uses,
        sum(family_uses) as family_uses
    from word_uses
    group by word_key

),

known_names as (

    select distinct
        language_code,
        nickname_key
    from nicknames

),

weighed as (

    -- How many times likelier each part is a given name than a family name. What the record itself
    -- says of its two fields is not evidence for it.
    select
        part_keyed.*,
        (
            coalesce(left_count.given_uses, 0)
            - part_keyed.own_uses
            + case
                when known_left.nickname_key is not null then settings.name_order_margin
                else 0.5
            end
        ) / (coalesce(left_count.family_uses, 0) + 0.5) as left_given_odds,
        (
            coalesce(right_count.given_uses, 0)
            + case
                when known_right.nickname_key is not null then settings.name_order_margin
                else 0.5
            end
        ) / (
            coalesce(right_count.family_uses, 0)
            - part_keyed.own_uses
            + 0.5
        ) as right_given_odds,
        settings.name_order_margin
    from part_keyed
    cross join settings
    left join word_counts as left_count
        on part_keyed.left_key = left_count.word_key
    left join word_counts as right_count
        on part_keyed.right_key = right_count.word_key
    left join known_names as known_left
        on
            part_keyed.language_code = known_left.language_code
            and part_keyed.left_key = known_left.nickname_key
    left join known_names as known_right
        on
            part_keyed.language_code = known_right.language_code
            and part_keyed.right_key = known_right.nickname_key

),

-- Hungarians write the family name first, and so do officials in Greece and Romania. A comma says
-- so, then what the words are used as elsewhere, then an initial, then the custom of the country.
-- Two fields are turned only when that is clearly the likelier reading.
ordered as (

    select
        weighed.*,
        case
            when weighed.origin = 'comma' then true
            when weighed.left_text = '' or weighed.right_text = '' then false
            when weighed.origin = 'fields'
                then weighed.right_given_odds
                    > weighed.name_order_margin * weighed.left_given_odds
            when weighed.right_given_odds > weighed.left_given_odds then true
            when weighed.right_given_odds < weighed.left_given_odds then false
            when length(weighed.right_text) = 1 and length(weighed.left_text) > 1 then true
            when length(weighed.left_text) = 1 and length(weighed.right_text) > 1 then false
            else weighed.is_family_first
        end as begins_with_family
    from weighed

),

split_names as (

    select
        customer_record_key,
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
        case when origin = 'fields' and not begins_with_family then first_joined_key end
            as known_joined_key
    from ordered

),

judged as (

    select
        split_names.customer_record_key,
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
        keyed.raw_value,
        keyed.given_name,
        keyed.family_name,
        coalesce(own.given_key, anywhere.given_key, keyed.first_word_key) as given_key,
        -- Ann Mari is Ann to some, and Annmari to others.
        coalesce(own.given_keys, anywhere.given_keys, keyed.first_word_key) || keyed.joined_key
            as given_keys,
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
