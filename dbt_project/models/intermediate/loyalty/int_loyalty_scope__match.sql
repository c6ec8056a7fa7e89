-- Which version of which programme an order line falls in, for every kind of order and of brand and
-- every period in which no version begins.
with

scopes as (

    select * from {{ ref('int_loyalty_scope__arrange') }}

),

places as (

    select distinct
        place_class,
        scope_source_system as source_system,
        scope_store_key as store_key,
        scope_country_code as country_code
    from {{ ref('int_loyalty_place__classify') }}

),

brands as (

    select brand
    from scopes
    where brand is not null
    union
    select '' as brand

),

begins as (

    select distinct valid_from
    from scopes

),

periods as (

    select
        valid_from,
        lead(valid_from) over (order by valid_from) as valid_to
    from begins

),

matched as (

    select
        places.place_class,
        brands.brand,
        periods.valid_from,
        periods.valid_to,
        scopes.programme_code,
        scopes.rule_version,
        row_number() over (
            partition by
                places.place_class,
                brands.brand,
                periods.valid_from
            order by scopes.specificity desc
        ) as preference
    from places
    cross join brands
    cross join periods
    inner join scopes
        on
            periods.valid_from >= scopes.valid_from
            and (scopes.valid_to is null or periods.valid_from < scopes.valid_to)
            and (scopes.source_system is null or places.source_system = scopes.source_system)
            and (scopes.store_key is null or places.store_key = scopes.store_key)
            and (scopes.country_code is null or places.country_code = scopes.country_code)
            and (scopes.brand is null or brands.brand = scopes.brand)

),

final as (

    select
        place_class,
        brand,
        programme_code,
        rule_version,
        valid_from,
        valid_to
    from matched
    where preference = 1

)

select * from final
