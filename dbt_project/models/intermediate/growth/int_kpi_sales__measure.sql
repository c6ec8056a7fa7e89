with

orders as (

    select * from {{ ref('fct_order') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

periods as (

    select
        headline_months,
        cast(
            {{ dbt.dateadd('month', '-headline_months', as_of_date()) }} as date
        ) as period_starts_after
    from settings

),

-- Anonymous sales are sales: here every valid order counts, of a known person or not.
summed as (

    select
        periods.headline_months,
        count(orders.order_key) as orders,
        coalesce(sum(orders.net_amount_reporting), 0) as net_amount_reporting
    from periods
    left join orders
        on
            orders.is_valid_order
            and periods.period_starts_after < orders.order_date
    group by periods.headline_months

),

final as (

    select
        60 as kpi_order,
        'net_sales' as kpi_code,
        'Net sales of the last '
        || cast(headline_months as {{ dbt.type_string() }})
        || ' months' as kpi_name,
        cast(net_amount_reporting as decimal(20, 6)) as value,
        '{{ var("reporting_currency") }}' as unit,
        orders as n,
        true as is_reliable
    from summed

    union all

    select
        70 as kpi_order,
        'orders' as kpi_code,
        'Orders of the last '
        || cast(headline_months as {{ dbt.type_string() }})
        || ' months' as kpi_name,
        cast(orders as decimal(20, 6)) as value,
        'orders' as unit,
        orders as n,
        true as is_reliable
    from summed

)

select * from final
