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

shared as (

    select * from {{ ref('int_customer_identifier__verify') }}

),

order_references as (

    select * from {{ ref('int_customer_reference__resolve') }}

),

names as (

    select
        records.customer_record_key,
        coalesce(
            records.given_key,
            case
                when guesses.customer_record_key is not null
                    then coalesce(nicknames.given_key, guesses.given_word)
            end
        ) as given_word,
        coalesce(
            records.family_key,
            case when records.given_key is null then guesses.family_word end
        ) as family_word,
        guesses.given_word as guessed_word,
        records.given_key is null
        and records.family_key is null
        and guesses.customer_record_key is not null as is_name_from_email,
        records.email,
        records.phone,
        records.card_number,
        records.country_code,
        records.postcode,
        records.input_digest
    from records
    left join guesses
        on records.customer_record_key = guesses.customer_record_key
    left join nicknames
        on guesses.given_word = nicknames.nickname_key

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

weighed as (

    select
        names.customer_record_key,
        names.given_word,
        names.family_word,
        names.guessed_word,
        names.is_name_from_email,
        shared_emails.identifier_value is not null as is_email_shared,
        shared_phones.identifier_value is not null as is_phone_shared,
        shared_cards.identifier_value is not null as is_card_shared,
        buyers.buyer_record_key,
        {{ doublings('coalesce(given_beginnings.uses, given_uses.uses)') }} as given_doublings,
        {{ doublings('coalesce(family_beginnings.uses, family_uses.uses)') }} as family_doublings,
        {{ doublings('area_uses.uses') }} as area_doublings,
        names.input_digest as record_digest
    from names
    left join shared as shared_emails
        on
            names.email = shared_emails.identifier_value
            and shared_emails.identifier_type = 'email'
    left join shared as shared_phones
        on
            names.phone = shared_phones.identifier_value
            and shared_phones.identifier_type = 'phone'
    left join shared as shared_cards
        on
            names.card_number = shared_cards.identifier_value
            and shared_cards.identifier_type = 'card'
    left join buyers
        on names.customer_record_key = buyers.customer_record_key
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
            names.postcode = area_uses.postcode
            and names.country_code = area_uses.country_code

),

-- What a record is compared by is another than before when the record is, or what the others make
-- of its name, its place and its identifiers.
final as (

    select
        customer_record_key,
        given_word,
        family_word,
        guessed_word,
        is_name_from_email,
        is_email_shared,
        is_phone_shared,
        is_card_shared,
        buyer_record_key,
        given_doublings,
        family_doublings,
        area_doublings,
        {{ row_hash([
            'record_digest', 'given_word', 'family_word', 'guessed_word', 'is_name_from_email',
            'is_email_shared', 'is_phone_shared', 'is_card_shared', 'buyer_record_key',
            'given_doublings', 'family_doublings', 'area_doublings',
        ]) }} as input_digest
    from weighed

)

select * from final
