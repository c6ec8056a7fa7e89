with

customer_kpis as (

    select * from {{ ref('int_kpi_customer__measure') }}

),

sales_kpis as (

    select * from {{ ref('int_kpi_sales__measure') }}

),

loyalty_kpis as (

    select * from {{ ref('int_kpi_loyalty__measure') }}

),

feedback_kpis as (

    select * from {{ ref('int_kpi_feedback__measure') }}

),

counted as (

    select * from customer_kpis

    union all

    select * from sales_kpis

    union all

    select * from loyalty_kpis

),

kpis as (

    select
        kpi_order,
        kpi_code,
        kpi_name,
        value,
        unit,
        n,
        cast(null as decimal(20, 6)) as interval_low,
        cast(null as decimal(20, 6)) as interval_high,
        is_reliable
    from counted

    union all

    select
        kpi_order,
        kpi_code,
        kpi_name,
        value,
        unit,
        n,
        interval_low,
        interval_high,
        is_reliable
    from feedback_kpis

),

final as (

    select
        kpi_code,
        kpi_name,
        cast(kpi_order as integer) as kpi_order,
        value,
        unit,
        cast(n as bigint) as n,
        interval_low,
        interval_high,
        is_reliable,
        {{ as_of_date() }} as as_of_date
    from kpis

)

select * from final
