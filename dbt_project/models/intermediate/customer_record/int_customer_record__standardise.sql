with

records as (

    select * from {{ ref('int_customer_record__unify') }}

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
        {{ fold_name('records.gender') }} as gender_word,
        cast(coalesce(extract(year from records.birth_date), records.birth_year) as integer)
            as year_born,
        {{ keep_characters(
            'upper(records.loyalty_card_number)', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
        ) }}
            as card,
        cast(extract(year from {{ as_of_date() }}) as integer) as as_of_year,
        settings.card_min_length,
        settings.max_age_years,
        settings.min_age_years
    from records
    cross join settings

),

judged as (

    select
        cleaned.*,
        -- Who is in the register of cards is a person, however the number looks.
        cleaned.record_type = 'loyalty_card'
        and cleaned.card_status is not null
        and blocked_card.value is null as is_registered_card,
        case
            when blocked_card.value is not null then 'placeholder: ' || blocked_card.reason
            when trim(cleaned.loyalty_card_number) = '' then cast(null as string)
            when length(cleaned.card) < cleaned.card_min_length then 'not a card number'
            when replace(cleaned.card, substring(cleaned.card, 1, 1), '') = ''
                then 'placeholder: one digit repeated'
        end as card_dropped_reason,
        blocked_birth.value is null as is_year_known,
        case
            when blocked_birth.value is not null then 'placeholder: ' || blocked_birth.reason
            when
                cleaned.as_of_year - extract(year from cleaned.birth_date)
                not between cleaned.min_age_years and cleaned.max_age_years
                then 'not the age of a customer'
            when
                extract(month from cleaned.birth_date) = 1
                and extract(day from cleaned.birth_date) = 1
                then 'only the year is sure: forms fill in 1 January'
        end as birth_date_dropped_reason
    from cleaned
    left join placeholders as blocked_card
        on
            blocked_card.placeholder_kind = 'card'
            and lower(trim(cleaned.loyalty_card_number)) = blocked_card.value
    left join placeholders as blocked_birth
        on
            blocked_birth.placeholder_kind = 'birth_date'
            and cast(cleaned.birth_date as string) = blocked_birth.value

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
        case when judged.birth_date_dropped_reason is null then judged.birth_date end
            as birth_date,
        -- The year of a date that was dropped for its day is still the year.
        case
            when
                judged.as_of_year - judged.year_born
                between judged.min_age_years and judged.max_age_years
                and judged.is_year_known
                then judged.year_born
        end as birth_year,
        genders.gender,
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
        emails.raw_value as email_raw,
        emails.dropped_reason as email_dropped_reason,
        phones.raw_value as phone_raw,
        phones.dropped_reason as phone_dropped_reason,
        judged.loyalty_card_number as card_raw,
        judged.card_dropped_reason,
        cast(judged.birth_date as string) as birth_date_raw,
        judged.birth_date_dropped_reason,
        names.raw_value as name_raw,
        names.dropped_reason as name_dropped_reason,
        judged.created_at
    from judged
    left join emails
        on judged.customer_record_key = emails.customer_record_key
    left join phones
        on judged.customer_record_key = phones.customer_record_key
    left join addresses
        on judged.customer_record_key = addresses.customer_record_key
    left join genders
        on judged.gender_word = genders.word
    left join names
        on judged.customer_record_key = names.customer_record_key
    left join order_references
        on judged.customer_record_key = order_references.customer_record_key

)

select * from final
