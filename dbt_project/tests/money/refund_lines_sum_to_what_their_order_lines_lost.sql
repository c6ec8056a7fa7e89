with

refunded as (

    select
        order_line_key,
        sum(amount) as amount,
        sum(amount_reporting) as amount_reporting
    from {{ ref('fct_refund_line') }}
    where order_line_key is not null
    group by order_line_key

)

select
    order_lines.order_line_key,
    order_lines.returned_amount,
    refunded.amount
from {{ ref('fct_order_line') }} as order_lines
left join refunded
    on order_lines.order_line_key = refunded.order_line_key
where
    order_lines.returned_amount <> coalesce(refunded.amount, 0)
    or order_lines.returned_amount_reporting <> coalesce(refunded.amount_reporting, 0)
