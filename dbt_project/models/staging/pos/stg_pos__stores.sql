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
        store_email as email,
        store_phone as phone,
        store_street as street,
        store_postcode as postcode,
        opened_on,
        closed_on,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
