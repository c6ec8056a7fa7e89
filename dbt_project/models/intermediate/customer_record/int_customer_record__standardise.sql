{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_name__order'), 'customer_record_key') }}",
) }}

with

changed as (

    {{ changed_keys(ref('int_customer_name__order'), 'customer_record_key') | indent }}

),

records as (

    select
        unified.*,
        changed.input_digest
    from {{ ref('int_customer_record__unify') }} as unified
    inner join changed
        on unified.customer_record_key = changed.customer_record_key

),

emails as (

    select * from {{ ref('int_customer_email__standardise') }}

),

phones as (

    select * from {{ ref('int_customer_phone__standardise') }}

),

names as (

    select * from {{ ref('int_customer_name__standardise') }}

),

births as (

    select * from {{ ref('int_customer_birth_date__standardise') }}

),

addresses as (

    select * from {{ ref('int_customer_address__standardise') }}

),

genders as (

    select
        word,
        min(gender) as gender
    from {{ ref('identity_gender_word') }}
    group by word
    having count(distinct gender) = 1

),

gender_texts as (

    select distinct gender as gender_text
    from records
    where {{ is_given('gender') }}

),

gender_folded as (

    select
        gender_text,
        {{ fold_name('gender_text') }} as word
    from gender_texts

),

gender_read as (

    select
        gender_folded.gender_text,
        genders.gender
    from gender_folded
    inner join genders
        on gender_folded.word = genders.word

),

order_references as (

    select * from {{ ref('int_customer_reference__resolve') }}

),

placeholders as (

    select * from {{ ref('identity_placeholder') }}

),

settings as (

    select * from {{ ref('identity_setting') }}

),

cleaned as (

    select
        records.*,
        -- Greek capitals that look like Latin ones are typed for them.
        {{ keep_characters(
            "translate(upper(records.loyalty_card_number), 'ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX')",
            'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
        ) }}
            as written_card,
        settings.card_min_length
    from records
    cross join settings

),

-- A number that was once a figure has lost its leading zeros.
numbered as (

    select
        *,
        case
            when {{ keep_characters('written_card', '0123456789') }} = written_card
                then {{ replace_pattern('written_card', '^0+', '') }}
            else written_card
        end as card
    from cleaned

),

judged as (

    select
        numbered.*,
        -- Who is in the register of cards is a person, however the number looks.
        numbered.record_type = 'loyalty_card'
        and numbered.card_status is not null
        and blocked_card.value is null as is_registered_card,
        case
            when blocked_card.value is not null then 'placeholder: ' || blocked_card.reason
            when blocked_number.value is not null then 'placeholder: ' || blocked_number.reason
            when trim(numbered.loyalty_card_number) = '' then cast(null as string)
            when length(numbered.written_card) < numbered.card_min_length
                then 'not a card number'
            when replace(numbered.written_card, substring(numbered.written_card, 1, 1), '') = ''
                then 'placeholder: one digit repeated'
        end as card_dropped_reason
    from numbered
    left join placeholders as blocked_card
        on
            blocked_card.placeholder_kind = 'card'
            and lower(trim(numbered.loyalty_card_number)) = blocked_card.value
    left join placeholders as blocked_number
        on
            blocked_number.placeholder_kind = 'card'
            and lower(numbered.card) = blocked_number.value

),

final as (

    select
        judged.customer_record_key,
        judged.source_system,
        judged.record_type,
        judged.source_id,
        emails.email,
        phones.phone,
        case when judged.card_dropped_reason is null then nullif(judged.card, '') end
            as card_number,
        names.given_name,
        names.family_name,
        trim(coalesce(names.given_name, '') || ' ' || coalesce(names.family_name, ''))
            as full_name_folded,
        names.given_key,
        names.given_keys,
        names.family_key,
        births.birth_date,
        births.birth_year,
        gender_read.gender,
        addresses.street_key,
        addresses.house_number,
        addresses.postcode,
        addresses.city_key,
        judged.country_code,
        judged.language_code,
        judged.record_type = 'loyalty_card'
        and coalesce(judged.card_status, 'active') = 'active'
        and not judged.is_deleted as is_living_card,
        judged.is_deleted,
        judged.is_contact_from_invite,
        -- Feedback and cards that name nobody are nobody's: they never get a customer.
        judged.record_type in ('eshop_account', 'eshop_guest')
        or judged.is_registered_card
        or emails.email is not null
        or phones.phone is not null
        or (judged.card_dropped_reason is null and coalesce(judged.card, '') <> '')
        or order_references.referenced_record_key is not null as is_identifiable,
        case when emails.dropped_reason is not null then emails.raw_value end as email_raw,
        emails.dropped_reason as email_dropped_reason,
        phones.raw_value as phone_raw,
        phones.dropped_reason as phone_dropped_reason,
        case when judged.card_dropped_reason is not null then judged.loyalty_card_number end
            as card_raw,
        judged.card_dropped_reason,
        case when births.dropped_reason is not null then births.raw_value end as birth_date_raw,
        births.dropped_reason as birth_date_dropped_reason,
        addresses.raw_value as address_raw,
        addresses.dropped_reason as address_dropped_reason,
        names.raw_value as name_raw,
        names.dropped_reason as name_dropped_reason,
        {{ is_given('judged.first_name') }} and {{ is_given('judged.last_name') }}
            as has_two_name_fields,
        judged.created_at,
        judged.input_digest
    from judged
    left join emails
        on judged.customer_record_key = emails.customer_record_key
    left join phones
        on judged.customer_record_key = phones.customer_record_key
    left join births
        on judged.customer_record_key = births.customer_record_key
    left join addresses
        on judged.customer_record_key = addresses.customer_record_key
    left join gender_read
        on judged.gender = gender_read.gender_text
    left join names
        on judged.customer_record_key = names.customer_record_key
    left join order_references
        on judged.customer_record_key = order_references.customer_record_key

)

select * from final
