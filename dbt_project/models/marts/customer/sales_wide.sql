with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

stores as (

    select * from {{ ref('dim_store') }}

),

final as (

    select
        order_lines.order_line_key,
        order_lines.order_key,
        order_lines.customer_id,
        order_lines.product_key,
        order_lines.store_key,
        orders.source_system,
        orders.channel,
        orders.sales_channel,
        orders.country_code,
        stores.store_name,
        stores.city as store_city,
        products.sku,
        products.product_name,
        products.category,
        products.brand,
        products.product_type,
        orders.order_status,
        order_lines.is_valid_order,
        order_lines.is_gift_card,
        orders.order_sequence,
        orders.order_sequence = 1 as is_first_order,
        orders.subscription_id is not null as is_subscription,
        order_lines.ordered_at,
        order_lines.order_date,
        order_lines.quantity,
        order_lines.returned_quantity,
        order_lines.currency_code,
        order_lines.net_amount,
        order_lines.gross_amount_reporting,
        order_lines.discount_amount_reporting,
        order_lines.returned_amount_reporting,
        order_lines.net_amount_reporting,
        order_lines.gift_card_amount_reporting
    from order_lines
    inner join orders
        on order_lines.order_key = orders.order_key
    left join products
        on order_lines.product_key = products.product_key
    left join stores
        on order_lines.store_key = stores.store_key

)

select * from final
