with

first_orders as (

    select * from {{ ref('int_first_order__describe') }}

),

rules as (

    select * from {{ ref('audience') }}
    where audience_code = 'second_purchase'

),

final as (

    select
        'second_purchase' as audience_code,
        first_orders.customer_id,
        first_orders.first_order_key as order_key,
        first_orders.first_product_key as product_key,
        'One order so far, on ' || cast(first_orders.first_order_date as string) || ', '
        || cast(first_orders.age_days as string) || ' days ago.' as reason
    from first_orders
    cross join rules
    where
        first_orders.days_to_second is null
        and first_orders.age_days between rules.from_days and rules.to_days

)

select * from final
