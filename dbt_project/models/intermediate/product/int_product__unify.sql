with

products as (

    select * from {{ ref('stg_eshop__products') }}

),

order_lines as (

    select * from {{ ref('stg_eshop__order_lines') }}

),

sale_lines as (

    select * from {{ ref('stg_pos__sale_lines') }}

),

returned as (

    select * from {{ ref('stg_pos__returns') }}

),

refund_lines as (

    select * from {{ ref('stg_eshop__refund_lines') }}

),

-- A till has no list of its products: what was sold there is the list.
sold as (

    select
        source_system,
        product_id as source_product_id,
        nullif(trim(sku), '') as sku,
        description as product_name,
        category,
        is_gift_card,
        'store' as channel,
        1 as trust,
        sale_updated_at as seen_at,
        sale_id || ':' || line_id as seen_in
    from sale_lines

    union all

    select
        order_lines.source_system,
        order_lines.product_id as source_product_id,
        coalesce(nullif(trim(order_lines.sku), ''), products.sku) as sku,
        order_lines.description as product_name,
        cast(null as string) as category,
        order_lines.is_gift_card,
        'online' as channel,
        1 as trust,
        order_lines.order_updated_at as seen_at,
        order_lines.order_id || ':' || order_lines.line_id as seen_in
    from order_lines
    left join products
        on
            order_lines.source_system = products.source_system
            and order_lines.product_id = products.product_id

    union all

    select
        source_system,
        product_id as source_product_id,
        nullif(trim(sku), '') as sku,
        cast(null as string) as product_name,
        cast(null as string) as category,
        cast(null as boolean) as is_gift_card,
        'store' as channel,
        2 as trust,
        updated_at as seen_at,
        return_id || ':' || return_line_id as seen_in
    from returned

    union all

    select
        refund_lines.source_system,
        refund_lines.product_id as source_product_id,
        nullif(trim(products.sku), '') as sku,
        cast(null as string) as product_name,
        cast(null as string) as category,
        cast(null as boolean) as is_gift_card,
        'online' as channel,
        2 as trust,
        refund_lines.refund_updated_at as seen_at,
        refund_lines.refund_id || ':' || refund_lines.refund_line_id as seen_in
    from refund_lines
    left join products
        on
            refund_lines.source_system = products.source_system
            and refund_lines.product_id = products.product_id

),

sold_ranked as (

    select
        *,
        row_number() over (
            partition by source_system, source_product_id, sku
            order by trust asc, seen_at desc nulls last, seen_in desc
        ) as sighting_number
    from sold
    where source_product_id is not null or sku is not null

),

unified as (

    select
        source_system,
        product_id as source_product_id,
        nullif(trim(sku), '') as sku,
        product_name,
        category,
        brand,
        product_type,
        coalesce(is_gift_card, product_type = 'gift_card', false) as is_gift_card,
        list_price,
        currency_code,
        'online' as channel,
        true as is_listed,
        is_deleted,
        updated_at as seen_at
    from products

    union all

    select
        source_system,
        source_product_id,
        sku,
        product_name,
        category,
        cast(null as string) as brand,
        cast(null as string) as product_type,
        coalesce(is_gift_card, false) as is_gift_card,
        cast(null as decimal(18, 4)) as list_price,
        cast(null as string) as currency_code,
        channel,
        false as is_listed,
        false as is_deleted,
        seen_at
    from sold_ranked
    where sighting_number = 1

),

final as (

    select
        {{ product_key('source_system', 'source_product_id', 'sku') }} as product_key,
        *
    from unified

)

select * from final
