with

stores as (

    select * from {{ ref('int_store__unify') }}

),

final as (

    select
        store_key,
        source_system,
        source_store_id,
        store_name,
        city,
        country_code,
        opened_date,
        closed_date,
        coalesce(closed_date > {{ as_of_date() }}, true) as is_open,
        is_listed
    from stores

)

select * from final
