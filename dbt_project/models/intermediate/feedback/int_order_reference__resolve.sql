with

orders as (

    select * from {{ ref('int_order__unify') }}

),

-- A survey tool knows an order by its number only. A number that two systems use points to neither.
final as (

    select
        source_order_id,
        min(order_key) as order_key
    from orders
    group by source_order_id
    having count(*) = 1

)

select * from final
