with

source as (

    {{ landed('eshop', 'discounts') }}

),

newest as (

    {{ newest_version('source', key=['discount_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        discount_id,
        order_id,
        line_id,
        discount_code,
        discount_kind,
        amount,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
