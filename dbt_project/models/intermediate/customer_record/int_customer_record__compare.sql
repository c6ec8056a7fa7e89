with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

guesses as (

    select * from {{ ref('int_customer_name__guess') }}

),

nicknames as (

    select * from {{ ref('int_given_name__relate') }}
    where language_code = ''

),

identifiers as (

    select * from {{ ref('int_customer_identifier__verify') }}

),

order_references as (

    select * from {{ ref('int_customer_reference__resolve') }}

),

-- Many share a name: each is spelt by its sound once.
given_words as (

    select distinct split_part(given_name, ' ', 1) as written_word
    from records
    where given_key is not null

),

sounds as (

    select
        written_word,
        {{ sound_key('written_word') }} as sound
    from given_words

),

names as (

    select
        records.customer_record_key,
        records.country_code,
        coalesce(
            records.given_key,
            case
                when guesses.customer_record_key is not null
                    then coalesce(nicknames.given_key, guesses.given_word)
            end
        ) as given_word,
        -- What was written stands beside what it may stand for: a nickname is misspelt too.
        case
            when records.given_key is not null then records.given_keys || ' ' || sounds.sound
            else coalesce(nicknames.given_keys || ' ' || guesses.given_word, guesses.given_word)
        end as given_words,
        coalesce(
            records.family_key,
            case when records.given_key is null then guesses.family_word end
        ) as family_word,
        records.given_key is null
        and records.family_key is null
        and guesses.customer_record_key is not null as is_name_from_email
    from records
    left join guesses
        on records.customer_record_key = guesses.customer_record_key
    left join nicknames
        on guesses.given_word = nicknames.nickname_key
    left join sounds
        on
            records.given_key is not null
            and split_part(records.given_name, ' ', 1) = sounds.written_word

),

buyers as (

    select
        customer_record_key,
        min(referenced_record_key) as buyer_record_key
    from order_references
    where referenced_record_key is not null
    group by customer_record_key

),

-- A name is as common as it is in its country: all who are called Christina Xenaki live in one.
given_counts as (

    select
        country_code,
        given_word,
        count(*) as uses
    from names
    where given_word is not null
    group by country_code, given_word

),

given_uses as (

    {{ count_everywhere('given_counts', 'given_word') }}

),

family_counts as (

    select
        country_code,
        family_word,
        count(*) as uses
    from names
    where family_word is not null
    group by country_code, family_word

),

family_uses as (

    {{ count_everywhere('family_counts', 'family_word') }}

),

-- An initial is borne by all whose name begins with it, and so is a name that was cut off.
given_beginnings as (

    {{ count_beginnings('given_uses', 'given_word') }}

),

family_beginnings as (

    {{ count_beginnings('family_uses', 'family_word') }}

),

area_uses as (

    select
        country_code,
        postcode,
        count(*) as uses
    from records
    where postcode is not null
    group by country_code, postcode

),

final as (

    select
        records.customer_record_key,
        records.source_system,
        records.record_type,
        names.given_word,
        names.given_words,
        names.family_word,
        {{ name_skeleton('names.given_word') }} as given_skeleton,
        {{ name_skeleton('names.family_word') }} as family_skeleton,
        {{ name_ending('names.given_word') }} as given_ending,
        names.is_name_from_email,
        emails.identifier_value as email,
        split_part(emails.identifier_value, '@', 1) as email_name,
        phones.identifier_value as phone,
        cards.identifier_value as card_number,
        records.is_living_card,
        records.is_identifiable,
        records.birth_date,
        replace(cast(records.birth_date as string), '-', '') as birth_digits,
        records.birth_year,
        records.gender,
        records.street_key,
        records.house_number,
        records.postcode,
        records.city_key,
        records.country_code,
        coalesce(buyers.buyer_record_key, records.customer_record_key) as buyer_record_key,
        buyers.buyer_record_key is not null as is_about_an_order,
        {{ doublings('coalesce(given_beginnings.uses, given_uses.uses)') }} as given_doublings,
        {{ doublings('coalesce(family_beginnings.uses, family_uses.uses)') }} as family_doublings,
        {{ doublings('area_uses.uses') }} as area_doublings,
        records.created_at
    from records
    inner join names
        on records.customer_record_key = names.customer_record_key
    left join identifiers as emails
        on
            records.customer_record_key = emails.customer_record_key
            and emails.identifier_type = 'email'
            and not emails.is_shared
    left join identifiers as phones
        on
            records.customer_record_key = phones.customer_record_key
            and phones.identifier_type = 'phone'
            and not phones.is_shared
    left join identifiers as cards
        on
            records.customer_record_key = cards.customer_record_key
            and cards.identifier_type = 'card'
            and not cards.is_shared
    left join buyers
        on records.customer_record_key = buyers.customer_record_key
    left join given_uses
        on
            names.given_word = given_uses.given_word
            and coalesce(names.country_code, '') = given_uses.country_code
    left join family_uses
        on
            names.family_word = family_uses.family_word
            and coalesce(names.country_code, '') = family_uses.country_code
    left join given_beginnings
        on
            {{ name_beginning('names.given_word', 'names.is_name_from_email') }}
            = given_beginnings.beginning
            and coalesce(names.country_code, '') = given_beginnings.country_code
    left join family_beginnings
        on
            {{ name_beginning('names.family_word', 'names.is_name_from_email') }}
            = family_beginnings.beginning
            and coalesce(names.country_code, '') = family_beginnings.country_code
    left join area_uses
        on
            records.postcode = area_uses.postcode
            and records.country_code = area_uses.country_code

)

select * from final
