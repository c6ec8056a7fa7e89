with

lines as (

    select * from {{ ref('fct_order_line') }}
    where
        is_valid_order
        and not is_gift_card
        and customer_id is not null
        and product_key is not null
        and quantity > returned_quantity

),

orders as (

    select * from {{ ref('fct_order') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

disputes as (

    select * from {{ ref('fct_dispute') }}
    where is_open

),

reviews as (

    select * from {{ ref('fct_review') }}

),

delays as (

    select * from {{ ref('audience_review_delay') }}

),

rules as (

    select * from {{ ref('audience') }}
    where audience_code = 'review_request'

),

delivered as (

    select
        lines.customer_id,
        lines.order_key,
        lines.order_line_key,
        lines.product_key,
        products.product_name,
        lines.net_amount_reporting,
        coalesce(delays.product_type, 'other') as delay_type,
        lines.channel,
        case
            when lines.channel = 'store' then lines.order_date
            else {{ business_date('orders.fulfilled_at') }}
        end as delivery_date
    from lines
    inner join orders
        on lines.order_key = orders.order_key
    left join products
        on lines.product_key = products.product_key
    left join delays
        on products.product_type = delays.product_type

),

due as (

    select
        delivered.*,
        case
            when delivered.channel = 'store' then delivered.delivery_date
            else {{ add_days('delivered.delivery_date', 'delays.delay_days') }}
        end as due_date
    from delivered
    inner join delays
        on delivered.delay_type = delays.product_type

),

open_requests as (

    select
        due.*,
        row_number() over (
            partition by due.customer_id
            order by due.net_amount_reporting desc, due.due_date desc, due.order_line_key asc
        ) as preference
    from due
    cross join rules
    where
        {{ day_difference('due.due_date', as_of_date()) }}
        between rules.from_days and rules.to_days
        -- Who contests a payment is asked nothing.
        and not exists (
            select disputes.dispute_key
            from disputes
            where disputes.customer_id = due.customer_id
        )
        and not exists (
            select reviews.review_key
            from reviews
            where
                reviews.customer_id = due.customer_id
                and (
                    reviews.product_key = due.product_key
                    or reviews.order_key = due.order_key
                )
        )

),

final as (

    select
        'review_request' as audience_code,
        customer_id,
        order_key,
        product_key,
        coalesce(product_name, product_key)
        || case when channel = 'store' then ', bought on ' else ', delivered on ' end
        || cast(delivery_date as string) || ', can be judged since ' || cast(due_date as string)
        || '.' as reason
    from open_requests
    where preference = 1

)

select * from final
