with

source as (

    {{ landed('pos', 'returns') }}

),

newest as (

    {{ newest_version('source', key=['return_id', 'return_line_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        return_id,
        return_line_id,
        sale_id,
        line_id,
        store_id,
        card_number,
        product_id,
        sku,
        currency_code,
        quantity,
        amount,
        tax_amount,
        reason,
        returned_at,
        updated_at,
        deleted_at,
        _known_at as known_at
    from newest
    where deleted_at is null

)

select * from final
