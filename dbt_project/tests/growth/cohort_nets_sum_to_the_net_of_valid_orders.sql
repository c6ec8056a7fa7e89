-- To the cent, over the months that have ended.
with

cohorts as (

    select
        coalesce(sum(net_amount_reporting), 0) as net_amount,
        coalesce(sum(orders), 0) as orders
    from {{ ref('customer_cohort') }}
    where is_mature

),

ordered as (

    select
        coalesce(sum(net_amount_reporting), 0) as net_amount,
        count(*) as orders
    from {{ ref('fct_order') }}
    where
        is_valid_order
        and customer_id is not null
        and {{ dbt.last_day('order_date', 'month') }} <= {{ as_of_date() }}

)

select
    cohorts.net_amount as cohort_net_amount,
    ordered.net_amount as ordered_net_amount,
    cohorts.orders as cohort_orders,
    ordered.orders as valid_orders
from cohorts
cross join ordered
where
    cohorts.net_amount <> ordered.net_amount
    or cohorts.orders <> ordered.orders
