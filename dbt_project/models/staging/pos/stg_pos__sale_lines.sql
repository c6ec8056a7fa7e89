with

source as (

    {{ landed('pos', 'sale_lines') }}

),

newest as (

    {{ newest_version(
        'source',
        key=['sale_id', 'line_id'],
        clock='sale_updated_at',
        parent_key=['sale_id']
    ) }}

),

final as (

    select
        source_system,
        sale_id,
        line_id,
        product_id,
        sku,
        description,
        category,
        is_gift_card,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        tax_amount,
        sale_updated_at,
        deleted_at,
        _known_at as known_at
    from newest
    where deleted_at is null

)

select * from final
