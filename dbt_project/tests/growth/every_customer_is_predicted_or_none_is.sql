-- Whether anything is predicted depends on the data as a whole, and never on one customer.
select count(*) as customers
from {{ ref('customer_value') }}
having
    count(distinct coalesce(not_predicted_reason, '')) > 1
