select
    cohort_month,
    first_channel,
    within_days,
    customers,
    ripe_customers,
    repeat_customers
from {{ ref('second_purchase') }}
where
    repeat_customers > ripe_customers
    or ripe_customers > customers
    or (is_mature and ripe_customers <> customers)
    or is_mature <> (repeat_rate is not null)
