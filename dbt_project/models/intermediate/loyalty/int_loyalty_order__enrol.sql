with

orders as (

    select * from {{ ref('fct_order') }}

),

orders_with_tax_on_top as (

    select order_key
    from {{ ref('int_order__unify') }}
    where not prices_include_tax

),

places as (

    select * from {{ ref('int_loyalty_place__classify') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

final as (

    select
        orders.order_key,
        members.programme_code,
        members.member_number,
        places.place_class,
        orders.exchange_rate,
        orders_with_tax_on_top.order_key is null as prices_include_tax
    from orders
    inner join members
        on
            orders.customer_id = members.customer_id
            and orders.order_date >= members.member_since
    inner join places
        on
            orders.source_system = places.source_system
            and coalesce(orders.store_key, '') = places.store_key
            and coalesce(orders.country_code, '') = places.country_code
    left join orders_with_tax_on_top on orders.order_key = orders_with_tax_on_top.order_key
    where orders.is_valid_order

)

select * from final
