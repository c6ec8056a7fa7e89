with

customer_values as (

    select * from {{ ref('customer_value') }}

),

people as (

    select * from {{ ref('dim_customer') }}

),

second_purchases as (

    select * from {{ ref('second_purchase') }}

),

concentrations as (

    select * from {{ ref('sales_concentration') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

known as (

    select count(*) as people
    from people
    where not is_deleted

),

counted as (

    select
        count(*) as customers,
        coalesce(sum(case when is_multichannel then 1 else 0 end), 0) as multichannel_customers
    from customer_values

),

repeated as (

    select
        coalesce(sum(second_purchases.ripe_customers), 0) as ripe_customers,
        coalesce(sum(second_purchases.repeat_customers), 0) as repeat_customers
    from second_purchases
    inner join settings
        on second_purchases.within_days = settings.headline_repeat_days

),

concentrated as (

    select
        max(concentrations.top_decile_net_share) as top_decile_net_share,
        coalesce(sum(concentrations.customers), 0) as customers
    from concentrations
    inner join settings
        on concentrations.window_code = settings.headline_window_code

),

kpis as (

    select
        10 as kpi_order,
        'customers' as kpi_code,
        'Customers with an order' as kpi_name,
        cast(counted.customers as decimal(20, 6)) as value,
        'customers' as unit,
        counted.customers as n,
        true as is_reliable
    from counted

    union all

    select
        20 as kpi_order,
        'known_people' as kpi_code,
        'People known, with or without an order' as kpi_name,
        cast(known.people as decimal(20, 6)) as value,
        'people' as unit,
        known.people as n,
        true as is_reliable
    from known

    union all

    select
        30 as kpi_order,
        'multichannel_share' as kpi_code,
        'Customers who buy through more than one channel' as kpi_name,
        cast({{ share('counted.multichannel_customers', 'counted.customers') }} as decimal(20, 6))
            as value,
        'share' as unit,
        counted.customers as n,
        counted.customers >= settings.min_customers as is_reliable
    from counted
    cross join settings

    union all

    select
        40 as kpi_order,
        'repeat_rate' as kpi_code,
        'Customers with a second order within '
        || cast(settings.headline_repeat_days as {{ dbt.type_string() }})
        || ' days' as kpi_name,
        cast({{ share('repeated.repeat_customers', 'repeated.ripe_customers') }} as decimal(20, 6))
            as value,
        'share' as unit,
        repeated.ripe_customers as n,
        repeated.ripe_customers >= settings.min_customers as is_reliable
    from repeated
    cross join settings

    union all

    select
        50 as kpi_order,
        'top_10_percent_share' as kpi_code,
        'Net sales from the top 10 % of customers' as kpi_name,
        cast(concentrated.top_decile_net_share as decimal(20, 6)) as value,
        'share' as unit,
        concentrated.customers as n,
        concentrated.customers >= settings.min_customers as is_reliable
    from concentrated
    cross join settings

),

final as (

    select
        kpi_order,
        kpi_code,
        kpi_name,
        value,
        unit,
        cast(n as bigint) as n,
        is_reliable
    from kpis

)

select * from final
