with

acquired as (

    select sum(acquired_customers) as customers
    from {{ ref('customer_cohort') }}
    where age_months = 0

),

valued as (

    select count(*) as customers
    from {{ ref('customer_value') }}

)

select
    acquired.customers as acquired_customers,
    valued.customers as valued_customers
from acquired
cross join valued
where acquired.customers <> valued.customers
