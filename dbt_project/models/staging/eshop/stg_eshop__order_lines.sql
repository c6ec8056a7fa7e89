with

source as (

    {{ landed('eshop', 'order_lines') }}

),

newest as (

    {{ newest_version(
        'source',
        key=['order_id', 'line_id'],
        clock='order_updated_at',
        parent_key=['order_id']
    ) }}

),

final as (

    select
        source_system,
        order_id,
        line_id,
        product_id,
        sku,
        description,
        is_gift_card,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        tax_amount,
        order_updated_at,
        _known_at as known_at
    from newest

)

select * from final
