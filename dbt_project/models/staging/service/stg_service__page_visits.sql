with

source as (

    {{ landed('service', 'page_visits') }}

),

newest as (

    {{ newest_version('source', key=['page_visit_id'], clock='visited_at') }}

),

final as (

    select
        source_system,
        page_visit_id,
        page_type,
        order_id,
        customer_id,
        visited_at,
        _known_at as known_at
    from newest

)

select * from final
