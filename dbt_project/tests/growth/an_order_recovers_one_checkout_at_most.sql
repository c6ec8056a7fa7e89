select
    recovered_order_key,
    count(*) as checkouts
from {{ ref('abandoned_checkout') }}
where recovered_order_key is not null
group by recovered_order_key
having count(*) > 1
