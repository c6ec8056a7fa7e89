with

lines_of_order as (

    select
        order_key,
        count(*) as line_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount_reporting) as net_amount_reporting
    from {{ ref('fct_order_line') }}
    group by order_key

)

select
    orders.order_key,
    orders.gross_amount,
    lines_of_order.gross_amount as lines_gross_amount
from {{ ref('fct_order') }} as orders
left join lines_of_order
    on orders.order_key = lines_of_order.order_key
where
    orders.line_count <> coalesce(lines_of_order.line_count, 0)
    or orders.gross_amount <> coalesce(lines_of_order.gross_amount, 0)
    or orders.discount_amount <> coalesce(lines_of_order.discount_amount, 0)
    or orders.returned_amount <> coalesce(lines_of_order.returned_amount, 0)
    or orders.net_amount_reporting <> coalesce(lines_of_order.net_amount_reporting, 0)
