with

source as (

    {{ landed('eshop', 'payments') }}

),

newest as (

    {{ newest_version('source', key=['payment_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        payment_id,
        order_id,
        payment_kind,
        payment_status,
        payment_method,
        amount,
        points,
        paid_at,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
