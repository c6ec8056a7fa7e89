with

orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

sales as (

    select * from {{ ref('stg_pos__sales') }}

),

stores as (

    select * from {{ ref('stg_pos__stores') }}

),

attributed_orders as (

    select
        source_system,
        order_id as source_order_id,
        {{ online_buyer_key() }} as customer_record_key,
        country_code,
        {{ business_date('ordered_at') }} as order_date
    from orders

),

attributed_sales as (

    select
        sales.source_system,
        sales.sale_id as source_order_id,
        {{ card_shown_key('sales') }} as customer_record_key,
        stores.country_code,
        {{ business_date('sales.sold_at') }} as order_date
    from sales
    left join stores
        on
            sales.source_system = stores.source_system
            and sales.store_id = stores.store_id

),

attributed as (

    select * from attributed_orders
    union all
    select * from attributed_sales

),

-- A survey tool knows an order by its number only. A number that two systems use points to neither.
final as (

    select
        source_order_id,
        min(customer_record_key) as customer_record_key,
        min(country_code) as country_code
    from attributed
    where order_date <= {{ as_of_date() }}
    group by source_order_id
    having count(*) = 1

)

select * from final
