with

source as (

    {{ landed('pos', 'payments') }}

),

newest as (

    {{ newest_version('source', key=['payment_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        payment_id,
        sale_id,
        payment_method,
        amount,
        points,
        paid_at,
        updated_at,
        deleted_at,
        _known_at as known_at
    from newest
    where deleted_at is null

)

select * from final
