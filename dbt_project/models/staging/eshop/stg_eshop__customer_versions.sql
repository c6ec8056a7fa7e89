with

source as (

    {{ landed('eshop', 'customers') }}

),

versions as (

    {{ every_version('source', key=['customer_id'], clock='updated_at', created_at='created_at') }}

),

final as (

    select
        source_system,
        customer_id,
        version_number,
        is_guest,
        email,
        is_email_verified,
        phone,
        is_phone_verified,
        first_name,
        last_name,
        street,
        house_number,
        postcode,
        city,
        country_code,
        language_code,
        created_at,
        known_from,
        deleted_at,
        _known_at as known_at
    from versions

)

select * from final
