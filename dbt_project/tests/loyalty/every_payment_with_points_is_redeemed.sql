{#- A warning: somebody who is no member paid with points. The sale counts, the card is missing. -#}
{{ config(severity='warn') }}

select
    payments.payment_key,
    orders.order_key,
    orders.customer_id
from {{ ref('int_payment__unify') }} as payments
inner join {{ ref('fct_order') }} as orders on payments.order_key = orders.order_key
left join {{ ref('int_points_redemption__calculate') }} as redemptions
    on payments.payment_key = redemptions.payment_key
where
    payments.payment_method = 'points'
    and payments.moves_money
    and payments.amount > 0
    and orders.is_valid_order
    and redemptions.payment_key is null
