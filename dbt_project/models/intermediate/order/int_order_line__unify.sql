with

orders as (

    select * from {{ ref('int_order__unify') }}

),

order_lines as (

    select * from {{ ref('stg_eshop__order_lines') }}

),

sale_lines as (

    select * from {{ ref('stg_pos__sale_lines') }}

),

products as (

    select * from {{ ref('int_product__unify') }}

),

product_traits as (

    select
        product_key,
        max(case when is_gift_card then 1 else 0 end) = 1 as is_gift_card
    from products
    group by product_key

),

currencies as (

    select * from {{ ref('currency') }}

),

online as (

    select
        order_lines.source_system,
        {{ source_key('order_lines.source_system', ['order_lines.order_id']) }} as order_key,
        order_lines.line_id as source_line_id,
        order_lines.product_id as source_product_id,
        coalesce(nullif(trim(order_lines.sku), ''), products.sku) as sku,
        order_lines.description,
        order_lines.is_gift_card,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.gross_amount,
        order_lines.discount_amount,
        order_lines.tax_amount,
        order_lines.order_updated_at,
        order_lines.known_at
    from order_lines
    left join products
        on
            order_lines.source_system = products.source_system
            and order_lines.product_id = products.source_product_id
            and products.is_listed

),

in_store as (

    select
        source_system,
        {{ source_key('source_system', ['sale_id']) }} as order_key,
        line_id as source_line_id,
        product_id as source_product_id,
        nullif(trim(sku), '') as sku,
        description,
        is_gift_card,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        tax_amount,
        sale_updated_at as order_updated_at,
        known_at
    from sale_lines

),

unified as (

    select * from online
    union all
    select * from in_store

),

final as (

    select
        unified.order_key || ':' || unified.source_line_id as order_line_key,
        unified.order_key,
        unified.source_system,
        unified.source_line_id,
        unified.source_product_id,
        {{ product_key('unified.source_system', 'unified.source_product_id', 'unified.sku') }}
            as product_key,
        unified.sku,
        unified.description,
        coalesce(unified.is_gift_card, product_traits.is_gift_card, false) as is_gift_card,
        row_number() over (
            partition by unified.order_key
            order by
                try_cast(unified.source_line_id as bigint) asc nulls last,
                unified.source_line_id asc
        ) as line_number,
        orders.order_date,
        orders.currency_code,
        currencies.minor_units,
        unified.quantity,
        coalesce(
            unified.unit_price,
            cast(
                cast(unified.gross_amount as double) / cast(nullif(unified.quantity, 0) as double)
                as decimal(18, 4)
            ),
            unified.gross_amount
        ) as unit_price,
        coalesce(
            unified.gross_amount,
            {{ round_money(
                multiply_money('unified.quantity', 'unified.unit_price'), 'currencies.minor_units'
            ) }}
        ) as gross_amount,
        unified.discount_amount as line_discount_amount,
        cast(coalesce(unified.tax_amount, 0) as decimal(18, 4)) as tax_amount,
        unified.order_updated_at,
        unified.known_at
    from unified
    inner join orders
        on unified.order_key = orders.order_key
    left join product_traits
        on
            {{ product_key('unified.source_system', 'unified.source_product_id', 'unified.sku') }}
            = product_traits.product_key
    left join currencies
        on orders.currency_code = currencies.currency_code

)

select * from final
