with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

acquisitions as (

    select * from {{ ref('int_first_order__describe') }}

),

cohorts as (

    select
        cohort_month,
        first_channel,
        first_category,
        count(*) as acquired_customers
    from acquisitions
    group by cohort_month, first_channel, first_category

),

activity as (

    select
        acquisitions.cohort_month,
        acquisitions.first_channel,
        acquisitions.first_category,
        orders.order_month,
        count(distinct orders.customer_id) as customers,
        count(*) as orders,
        sum(orders.net_amount_reporting) as net_amount_reporting
    from orders
    inner join acquisitions
        on orders.customer_id = acquisitions.customer_id
    group by
        acquisitions.cohort_month,
        acquisitions.first_channel,
        acquisitions.first_category,
        orders.order_month

),

months as (

    select distinct cast({{ dbt.date_trunc('month', 'date_day') }} as date) as order_month
    from ({{ day_spine('(select min(cohort_month) from cohorts)', as_of_date()) }}) as days

),

-- Every cohort has a cell for every month since it began: nobody ordering is a nought, not a gap.
cells as (

    select
        cohorts.cohort_month,
        cohorts.first_channel,
        cohorts.first_category,
        cohorts.acquired_customers,
        months.order_month,
        {{ month_difference('cohorts.cohort_month', 'months.order_month') }} as age_months,
        {{ dbt.last_day('months.order_month', 'month') }} <= {{ as_of_date() }} as is_mature
    from cohorts
    inner join months
        on cohorts.cohort_month <= months.order_month

),

filled as (

    select
        cells.cohort_month,
        cells.first_channel,
        cells.first_category,
        cells.order_month,
        cells.age_months,
        cells.acquired_customers,
        cells.is_mature,
        coalesce(activity.customers, 0) as customers,
        coalesce(activity.orders, 0) as orders,
        coalesce(activity.net_amount_reporting, 0) as net_amount_reporting,
        sum(coalesce(activity.net_amount_reporting, 0)) over (
            partition by cells.cohort_month, cells.first_channel, cells.first_category
            order by cells.order_month
            rows between unbounded preceding and current row
        ) as cumulative_net_amount_reporting
    from cells
    left join activity
        on
            cells.cohort_month = activity.cohort_month
            and cells.first_channel = activity.first_channel
            and cells.first_category = activity.first_category
            and cells.order_month = activity.order_month

),

final as (

    select
        cohort_month,
        first_channel,
        first_category,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(age_months as integer) as age_months,
        acquired_customers,
        case when is_mature then customers end as customers,
        case when is_mature then {{ share('customers', 'acquired_customers') }} end
            as customer_share,
        case when is_mature then orders end as orders,
        case when is_mature then cast(net_amount_reporting as decimal(18, 4)) end
            as net_amount_reporting,
        case when is_mature then cast(cumulative_net_amount_reporting as decimal(18, 4)) end
            as cumulative_net_amount_reporting,
        case
            when is_mature
                then
                    cast(
                        round(
                            cast(cumulative_net_amount_reporting as double) / acquired_customers, 4
                        ) as decimal(18, 4)
                    )
        end as cumulative_net_per_customer_reporting,
        is_mature,
        order_month,
        {{ as_of_date() }} as as_of_date
    from filled

)

select * from final
