select
    customer_id,
    count(*) as contacts
from {{ ref('int_audience__allot') }}
where action = 'contact'
group by customer_id
having count(*) > 1
