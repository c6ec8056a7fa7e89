with

source as (

    {{ landed('eshop', 'refunds') }}

),

newest as (

    {{ newest_version('source', key=['refund_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        refund_id,
        order_id,
        customer_id,
        currency_code,
        refunded_at,
        reason,
        shipping_amount,
        total_amount,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
