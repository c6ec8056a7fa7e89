with

lines as (

    select * from {{ ref('fct_order_line') }}
    where
        is_valid_order
        and customer_id is not null
        and not is_gift_card
        and quantity > returned_quantity

),

settings as (

    select * from {{ ref('growth_setting') }}

),

totals as (

    select
        customer_id,
        count(distinct order_key) as orders
    from lines
    group by customer_id

),

{% for kind, column in [('categories', 'category'), ('products', 'product_key')] %}
{{ kind }} as (

    select
        customer_id,
        {{ column }},
        count(distinct order_key) as orders,
        row_number() over (
            partition by customer_id
            order by
                count(distinct order_key) desc,
                sum(net_amount_reporting) desc,
                {{ column }} asc
        ) as preference
    from lines
    where {{ column }} is not null
    group by customer_id, {{ column }}

),

{% endfor %}
final as (

    select
        totals.customer_id,
        categories.category as preferred_category,
        {{ share('categories.orders', 'totals.orders') }} as preferred_category_order_share,
        products.product_key as preferred_product_key,
        products.orders as preferred_product_orders
    from totals
    cross join settings
    left join categories
        on
            totals.customer_id = categories.customer_id
            and categories.preference = 1
            and settings.preference_min_orders <= categories.orders
    left join products
        on
            totals.customer_id = products.customer_id
            and products.preference = 1
            and settings.preference_min_orders <= products.orders

)

select * from final
