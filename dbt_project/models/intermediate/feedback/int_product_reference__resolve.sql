with

products as (

    select * from {{ ref('int_product__unify') }}

),

-- A review names a product by the id of the shop or by its SKU, and not which system's. What two
-- different products are called points to neither.
names as (

    select
        source_product_id as product_reference,
        product_key
    from products
    where source_product_id is not null

    union all

    select
        sku as product_reference,
        product_key
    from products
    where sku is not null

),

final as (

    select
        product_reference,
        min(product_key) as product_key
    from names
    group by product_reference
    having min(product_key) = max(product_key)

)

select * from final
