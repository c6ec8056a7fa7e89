with

source as (

    {{ landed('pos', 'loyalty_cards') }}

),

versions as (

    {{ every_version(
        'source', key=['card_number'], clock='updated_at', created_at='registered_at'
    ) }}

),

final as (

    select
        source_system,
        card_number,
        version_number,
        email,
        is_email_verified,
        phone,
        is_phone_verified,
        first_name,
        last_name,
        is_identity_checked,
        street,
        house_number,
        postcode,
        city,
        country_code,
        registered_at,
        known_from,
        deleted_at,
        _known_at as known_at
    from versions

)

select * from final
