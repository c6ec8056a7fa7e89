with

orders as (

    select * from {{ ref('int_customer_order__filter') }}
    where order_sequence <= 2

),

lines as (

    select * from {{ ref('fct_order_line') }}
    where not is_gift_card

),

customers as (

    select
        customer_id,
        max(case when order_sequence = 1 then order_key end) as first_order_key,
        max(case when order_sequence = 1 then channel end) as first_channel,
        max(case when order_sequence = 1 then order_month end) as cohort_month,
        max(case when order_sequence = 1 then order_date end) as first_order_date,
        max(case when order_sequence = 2 then order_date end) as second_order_date
    from orders
    group by customer_id

),

-- What the order was made for: the line of the most money, as it was ordered.
main_lines as (

    select
        order_key,
        product_key,
        category,
        row_number() over (
            partition by order_key
            order by gross_amount_reporting - discount_amount_reporting desc, line_number asc
        ) as preference
    from lines

),

final as (

    select
        customers.customer_id,
        customers.first_order_key,
        customers.first_channel,
        coalesce(main_lines.category, 'none') as first_category,
        main_lines.product_key as first_product_key,
        customers.cohort_month,
        customers.first_order_date,
        {{ day_difference('customers.first_order_date', as_of_date()) }} as age_days,
        {{ day_difference('customers.first_order_date', 'customers.second_order_date') }}
            as days_to_second
    from customers
    left join main_lines
        on
            customers.first_order_key = main_lines.order_key
            and main_lines.preference = 1

)

select * from final
