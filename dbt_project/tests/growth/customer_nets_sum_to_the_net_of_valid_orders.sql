-- To the cent: every valid order of a known person is in customer_value and in the concentration
-- of all time.
with

ordered as (

    select
        coalesce(sum(net_amount_reporting), 0) as net_amount,
        count(distinct customer_id) as customers
    from {{ ref('fct_order') }}
    where
        is_valid_order
        and customer_id is not null

),

valued as (

    select
        coalesce(sum(net_amount_reporting), 0) as net_amount,
        count(*) as customers
    from {{ ref('customer_value') }}

),

concentrated as (

    select
        concentration.window_code,
        sum(concentration.net_amount_reporting) as net_amount,
        sum(concentration.customers) as customers
    from {{ ref('sales_concentration') }} as concentration
    inner join {{ ref('growth_concentration_window') }} as windows
        on concentration.window_code = windows.window_code
    where windows.window_months is null
    group by concentration.window_code

)

select
    ordered.net_amount as ordered_net_amount,
    valued.net_amount as valued_net_amount,
    concentrated.net_amount as concentrated_net_amount,
    ordered.customers as ordered_customers,
    valued.customers as valued_customers,
    concentrated.customers as concentrated_customers
from ordered
cross join valued
left join concentrated
    on 1 = 1
where
    ordered.net_amount <> valued.net_amount
    or ordered.customers <> valued.customers
    or ordered.net_amount <> concentrated.net_amount
    or ordered.customers <> concentrated.customers
