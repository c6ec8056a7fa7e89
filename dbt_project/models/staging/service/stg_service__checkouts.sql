with

source as (

    {{ landed('service', 'checkouts') }}

),

newest as (

    {{ newest_version('source', key=['checkout_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        checkout_id,
        customer_id,
        email,
        order_id,
        amount,
        currency_code,
        started_at,
        completed_at,
        updated_at,
        deleted_at,
        _known_at as known_at
    from newest

)

select * from final
