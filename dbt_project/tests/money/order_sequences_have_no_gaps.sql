select
    customer_id,
    count(*) as valid_orders,
    max(order_sequence) as last_number,
    count(distinct order_sequence) as numbers
from {{ ref('fct_order') }}
where customer_id is not null and is_valid_order
group by customer_id
having count(*) <> max(order_sequence) or count(*) <> count(distinct order_sequence)
