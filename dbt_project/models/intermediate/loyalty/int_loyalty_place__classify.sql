with

orders as (

    select * from {{ ref('fct_order') }}

),

scopes as (

    select * from {{ ref('loyalty_scope') }}

),

places as (

    select distinct
        source_system,
        store_key,
        country_code
    from orders

),

-- Places that no scope tells apart are one class: a value that no scope names is as good as none.
classified as (

    select
        source_system,
        coalesce(store_key, '') as store_key,
        coalesce(country_code, '') as country_code,
        case
            when source_system in (select scopes.source_system from scopes) then source_system
            else ''
        end as scope_source_system,
        case when store_key in (select scopes.store_key from scopes) then store_key else '' end
            as scope_store_key,
        case
            when country_code in (select scopes.country_code from scopes) then country_code
            else ''
        end as scope_country_code
    from places

),

final as (

    select
        *,
        dense_rank() over (
            order by scope_source_system, scope_store_key, scope_country_code
        ) as place_class
    from classified

)

select * from final
