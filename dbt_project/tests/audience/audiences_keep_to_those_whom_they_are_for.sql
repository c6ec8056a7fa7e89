-- A nudge to the second purchase is for one order alone, a coupon for those who do not use the
-- channel, an accessory for those who do not have it, a review for what has none.
select
    audiences.audience_key,
    'has ordered again' as found
from {{ ref('int_audience__allot') }} as audiences
inner join {{ ref('fct_order') }} as orders
    on
        audiences.customer_id = orders.customer_id
        and orders.order_sequence = 2
where audiences.audience_code = 'second_purchase'
union all
select
    audiences.audience_key,
    'has it already' as found
from {{ ref('int_audience__allot') }} as audiences
inner join {{ ref('fct_order_line') }} as lines
    on
        audiences.customer_id = lines.customer_id
        and audiences.product_key = lines.product_key
        and lines.is_valid_order
        and lines.quantity > lines.returned_quantity
where audiences.audience_code = 'accessory'
union all
select
    audiences.audience_key,
    'has reviewed it' as found
from {{ ref('int_audience__allot') }} as audiences
inner join {{ ref('fct_review') }} as reviews
    on
        audiences.customer_id = reviews.customer_id
        and audiences.product_key = reviews.product_key
where audiences.audience_code = 'review_request'
union all
select
    audiences.audience_key,
    'is in the other coupon audience' as found
from {{ ref('int_audience__allot') }} as audiences
inner join {{ ref('int_audience__allot') }} as others
    on audiences.customer_id = others.customer_id
where
    audiences.audience_code = 'store_coupon'
    and others.audience_code = 'online_coupon'
union all
select
    audiences.audience_key,
    'is not asleep' as found
from {{ ref('int_audience__allot') }} as audiences
inner join {{ ref('fct_order') }} as orders
    on audiences.customer_id = orders.customer_id
cross join {{ ref('engagement_setting') }} as settings
where
    audiences.audience_code = 'sleeping_member'
    and orders.is_valid_order
    and orders.order_date > {{ add_days(as_of_date(), '-settings.sleeping_days') }}
