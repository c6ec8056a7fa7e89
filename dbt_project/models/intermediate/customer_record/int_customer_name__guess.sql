with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

sources as (

    select
        customer_record_key,
        {{ is_given('first_name') }} and {{ is_given('last_name') }} as has_two_fields
    from {{ ref('int_customer_record__unify') }}

),

-- Words that people write as one kind of name: only the names of two fields teach. Names repeat,
-- and spelling by sound is dear: each is spelt once.
written as (

    select
        split_part(records.given_name, ' ', 1) as given_name,
        records.family_key as family_word,
        count(*) as uses
    from records
    inner join sources
        on records.customer_record_key = sources.customer_record_key
    where sources.has_two_fields
    group by split_part(records.given_name, ' ', 1), records.family_key

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
addresses as (

    select
        records.customer_record_key,
        {{ fold_name("replace(split_part(records.email, '@', 1), '.', ' ')") }} as words
    from records
    where records.full_name_folded = '' and records.email is not null

),

-- Distinct, though the rows are so already: it keeps an engine from spelling anew at each use.
spelt_addresses as (

    select distinct
        customer_record_key,
        {{ sound_key("split_part(words, ' ', 1)") }} as first_part,
        {{ sound_key(last_word('words')) }} as last_part,
        {{ sound_key("replace(words, ' ', '')") }} as letters,
        words like '% %' as has_parts
    from addresses

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
        substring(spelt_addresses.letters, lengths.word_length + 1, 100) as remainder
    from spelt_addresses
    inner join lengths
        on length(spelt_addresses.letters) >= lengths.word_length

),

readings as (

    select
        spelt_addresses.customer_record_key,
        1 as preference,
        spelt_addresses.first_part as given_word,
        spelt_addresses.last_part as family_word
    from spelt_addresses
    inner join sure_given_words
        on spelt_addresses.first_part = sure_given_words.word
    where spelt_addresses.has_parts

    union all

    select
        spelt_addresses.customer_record_key,
        2 as preference,
        spelt_addresses.last_part as given_word,
        spelt_addresses.first_part as family_word
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
        spelt_addresses.letters as family_word
    from spelt_addresses
    inner join sure_family_words
        on spelt_addresses.letters = sure_family_words.word

    union all

    select
        spelt_addresses.customer_record_key,
        5 as preference,
        substring(spelt_addresses.letters, 1, 1) as given_word,
        substring(spelt_addresses.letters, 2, 100) as family_word
    from spelt_addresses
    inner join sure_family_words
        on substring(spelt_addresses.letters, 2, 100) = sure_family_words.word

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
