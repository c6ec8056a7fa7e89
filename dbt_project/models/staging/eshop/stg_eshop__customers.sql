with

source as (

    {{ landed('eshop', 'customers') }}

),

newest as (

    {{ newest_version('source', key=['customer_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        customer_id,
        is_guest,
        is_subscriber,
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
        loyalty_card_number,
        street,
        house_number,
        postcode,
        city,
        country_code,
        language_code,
        created_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
