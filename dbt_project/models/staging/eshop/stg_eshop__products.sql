with

source as (

    {{ landed('eshop', 'products') }}

),

newest as (

    {{ newest_version('source', key=['product_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        product_id,
        sku,
        product_name,
        category,
        brand,
        product_type,
        is_gift_card,
        list_price,
        currency_code,
        created_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
