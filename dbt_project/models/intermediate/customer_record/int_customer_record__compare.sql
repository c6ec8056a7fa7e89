{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_record__weigh'), 'customer_record_key') }}",
) }}

with

weights as (

    {{ changed_keys(ref('int_customer_record__weigh'), 'customer_record_key') | indent }}

),

records as (

    select standardised.*
    from {{ ref('int_customer_record__standardise') }} as standardised
    inner join weights
        on standardised.customer_record_key = weights.customer_record_key

),

nicknames as (

    select * from {{ ref('int_given_name__relate') }}
    where language_code = ''

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

final as (

    select
        records.customer_record_key,
        records.source_system,
        records.record_type,
        weights.given_word,
        -- What was written stands beside what it may stand for: a nickname is misspelt too.
        case
            when records.given_key is not null then records.given_keys || ' ' || sounds.sound
            else
                coalesce(
                    nicknames.given_keys || ' ' || weights.guessed_word, weights.guessed_word
                )
        end as given_words,
        weights.family_word,
        {{ name_skeleton('weights.given_word') }} as given_skeleton,
        {{ name_skeleton('weights.family_word') }} as family_skeleton,
        {{ name_ending('weights.given_word') }} as given_ending,
        weights.is_name_from_email,
        case when not weights.is_email_shared then records.email end as email,
        case when not weights.is_email_shared then split_part(records.email, '@', 1) end
            as email_name,
        case when not weights.is_phone_shared then records.phone end as phone,
        case when not weights.is_card_shared then records.card_number end as card_number,
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
        coalesce(weights.buyer_record_key, records.customer_record_key) as buyer_record_key,
        weights.buyer_record_key is not null as is_about_an_order,
        weights.given_doublings,
        weights.family_doublings,
        weights.area_doublings,
        records.created_at,
        weights.input_digest
    from records
    inner join weights
        on records.customer_record_key = weights.customer_record_key
    left join nicknames
        on weights.guessed_word = nicknames.nickname_key
    left join sounds
        on
            records.given_key is not null
            and split_part(records.given_name, ' ', 1) = sounds.written_word

)

select * from final
