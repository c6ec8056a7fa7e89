with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

countries as (

    select * from {{ ref('identity_country') }}

),

-- Words that people write as one kind of name: only the names of two fields teach. Names repeat,
-- and spelling by sound is dear: each is spelt once.
written as (

    select
        split_part(given_name, ' ', 1) as given_name,
        family_key as family_word,
        count(*) as uses
    from records
    where has_two_name_fields
    group by split_part(given_name, ' ', 1), family_key

),

named as (

    select
        nullif({{ sound_key('given_name') }}, '') as given_word,
        family_word,
        uses
    from written

),

given_words as (

    select
        given_word as word,
        cast(sum(uses) as bigint) as uses
    from named
    where length(given_word) > 2
    group by given_word

),

family_words as (

    select
        family_word as word,
        cast(sum(uses) as bigint) as uses
    from named
    where length(family_word) > 2
    group by family_word

),

-- A record with an address and no name is read by what the address says.
local_parts as (

    select
        records.customer_record_key,
        coalesce(countries.language_code, '') as language_code,
        translate(split_part(records.email, '@', 1), '0123456789', '') as local_part,
        translate(
            split_part(split_part(records.email, '@', 1), '.', 1), '0123456789', ''
        ) as before_dot
    from records
    left join countries
        on records.country_code = countries.country_code
    where records.full_name_folded = '' and records.email is not null

),

-- Behind the dot stands a family name, and a hyphen there joins its two halves.
addresses as (

    select
        customer_record_key,
        language_code,
        replace(before_dot, '-', ' ')
        || replace(
            replace(substring(local_part, length(before_dot) + 1, 254), '-', ''), '.', ' '
        ) as written_words
    from local_parts

),

folded_addresses as (

    select
        customer_record_key,
        language_code,
        case
            when language_code = 'el'
                then {{ fold_name(fold_greeklish_words('written_words')) }}
            else {{ fold_name('written_words') }}
        end as words
    from addresses

),

-- Distinct, though the rows are so already: it keeps an engine from spelling anew at each use.
sounded_addresses as (

    select distinct
        customer_record_key,
        language_code,
        {{ sound_key("split_part(words, ' ', 1)") }} as first_part,
        {{ sound_key(last_word('words')) }} as last_part,
        {{ sound_key("replace(words, ' ', '')") }} as letters,
        words like '% %' as has_parts
    from folded_addresses

),

-- Family names are spelt by the language, as in the key of the name itself.
spelt_addresses as (

    select
        customer_record_key,
        first_part,
        last_part,
        letters,
        has_parts,
        {{ merge_b_and_v('first_part', 'language_code') }} as first_family,
        {{ merge_b_and_v('last_part', 'language_code') }} as last_family,
        {{ merge_b_and_v('letters', 'language_code') }} as family_letters
    from sounded_addresses

),

lengths as (
    {% for length in range(3, 16) %}
    select {{ length }} as word_length
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

-- Words that are used as one kind of name at least twice as often as the other, and more than once.
sure_given_words as (

    select given_words.word
    from given_words
    left join family_words
        on given_words.word = family_words.word
    where
        given_words.uses > 2
        and given_words.uses > 2 * coalesce(family_words.uses, 0)
        and length(given_words.word) > 2

),

sure_family_words as (

    select family_words.word
    from family_words
    left join given_words
        on family_words.word = given_words.word
    where
        family_words.uses > 1
        and family_words.uses > 2 * coalesce(given_words.uses, 0)
        and length(family_words.word) > 3

),

begun as (

    select
        spelt_addresses.customer_record_key,
        substring(spelt_addresses.letters, 1, lengths.word_length) as beginning,
        substring(
            spelt_addresses.family_letters, lengths.word_length + 1, 100
        ) as remainder
    from spelt_addresses
    inner join lengths
        on length(spelt_addresses.letters) >= lengths.word_length

),

readings as (

    select
        spelt_addresses.customer_record_key,
        1 as preference,
        spelt_addresses.first_part as given_word,
        spelt_addresses.last_family as family_word
    from spelt_addresses
    inner join sure_given_words
        on spelt_addresses.first_part = sure_given_words.word
    where spelt_addresses.has_parts

    union all

    select
        spelt_addresses.customer_record_key,
        2 as preference,
        spelt_addresses.last_part as given_word,
        spelt_addresses.first_family as family_word
    from spelt_addresses
    inner join sure_given_words
        on spelt_addresses.last_part = sure_given_words.word
    where spelt_addresses.has_parts

    union all

    select
        begun.customer_record_key,
        3 as preference,
        begun.beginning as given_word,
        begun.remainder as family_word
    from begun
    inner join sure_given_words
        on begun.beginning = sure_given_words.word
    inner join sure_family_words
        on begun.remainder = sure_family_words.word

    union all

    select
        spelt_addresses.customer_record_key,
        4 as preference,
        cast(null as string) as given_word,
        spelt_addresses.family_letters as family_word
    from spelt_addresses
    inner join sure_family_words
        on spelt_addresses.family_letters = sure_family_words.word

    union all

    select
        spelt_addresses.customer_record_key,
        5 as preference,
        substring(spelt_addresses.letters, 1, 1) as given_word,
        substring(spelt_addresses.family_letters, 2, 100) as family_word
    from spelt_addresses
    inner join sure_family_words
        on substring(spelt_addresses.family_letters, 2, 100) = sure_family_words.word

    union all

    select
        begun.customer_record_key,
        6 as preference,
        begun.beginning as given_word,
        cast(null as string) as family_word
    from begun
    inner join sure_given_words
        on begun.beginning = sure_given_words.word

),

-- Of two readings of one kind, the longer given name.
ranked as (

    select
        *,
        row_number() over (
            partition by customer_record_key
            order by
                preference asc, length(given_word) desc, given_word asc, family_word asc
        ) as reading_rank
    from readings

),

final as (

    select
        customer_record_key,
        given_word,
        family_word
    from ranked
    where reading_rank = 1

)

select * from final
