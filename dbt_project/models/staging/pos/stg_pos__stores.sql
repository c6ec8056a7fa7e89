with

source as (

    {{ landed('pos', 'stores') }}

),

newest as (

    {{ newest_version('source', key=['store_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        store_id,
        store_name,
        city,
        country_code,
        email,
        phone,
        street,
        postcode,
        opened_on,
        closed_on,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
