with

source as (

    {{ landed('pos', 'loyalty_cards') }}

),

newest as (

    {{ newest_version('source', key=['card_number'], clock='updated_at') }}

),

final as (

    select
        source_system,
        card_number,
        card_status,
        email,
        is_email_verified,
        phone,
        is_phone_verified,
        first_name,
        last_name,
        birth_date,
        birth_date_text,
        birth_year,
        gender,
        is_identity_checked,
        street,
        house_number,
        postcode,
        city,
        country_code,
        store_id,
        registered_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
