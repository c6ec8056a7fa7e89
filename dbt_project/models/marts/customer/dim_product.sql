with

products as (

    select * from {{ ref('int_product__unify') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by product_key
            order by
                case when is_listed then 0 else 1 end asc,
                case when is_deleted then 1 else 0 end asc,
                seen_at desc nulls last,
                source_system asc,
                source_product_id asc nulls last
        ) as preference
    from products

),

-- The first value that is known, from the best description downwards.
final as (

    select
        product_key,
        max(sku) as sku,
        min_by(product_name, case when product_name is not null then preference end)
            as product_name,
        min_by(category, case when category is not null then preference end) as category,
        min_by(brand, case when brand is not null then preference end) as brand,
        min_by(product_type, case when product_type is not null then preference end)
            as product_type,
        max(case when is_gift_card then 1 else 0 end) = 1 as is_gift_card,
        min_by(list_price, case when list_price is not null then preference end) as list_price,
        min_by(currency_code, case when list_price is not null then preference end)
            as list_price_currency_code,
        max(case when channel = 'online' then 1 else 0 end) = 1 as is_sold_online,
        max(case when channel = 'store' then 1 else 0 end) = 1 as is_sold_in_store,
        min(case when is_listed and not is_deleted then 0 else 1 end) = 0 as is_listed,
        cast(count(distinct source_system) as integer) as source_system_count
    from ranked
    group by product_key

)

select * from final
