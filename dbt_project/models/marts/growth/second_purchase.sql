with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

windows as (

    select * from {{ ref('growth_repeat_window') }}

),

customers as (

    select
        customer_id,
        max(case when order_sequence = 1 then order_month end) as cohort_month,
        max(case when order_sequence = 1 then channel end) as first_channel,
        max(case when order_sequence = 1 then order_date end) as first_order_date,
        max(case when order_sequence = 2 then order_date end) as second_order_date
    from orders
    where order_sequence <= 2
    group by customer_id

),

aged as (

    select
        cohort_month,
        first_channel,
        {{ day_difference('first_order_date', as_of_date()) }} as age_days,
        {{ day_difference(dbt.last_day('cohort_month', 'month'), as_of_date()) }}
            as youngest_age_days,
        {{ day_difference('first_order_date', 'second_order_date') }} as days_to_second
    from customers

),

flagged as (

    select
        aged.cohort_month,
        aged.first_channel,
        windows.within_days,
        aged.youngest_age_days >= windows.within_days as is_mature,
        aged.age_days >= windows.within_days as is_ripe,
        coalesce(aged.days_to_second <= windows.within_days, false) as has_repeated
    from aged
    cross join windows

),

counted as (

    select
        cohort_month,
        first_channel,
        within_days,
        is_mature,
        count(*) as customers,
        sum(case when is_ripe then 1 else 0 end) as ripe_customers,
        sum(case when is_ripe and has_repeated then 1 else 0 end) as repeat_customers
    from flagged
    group by cohort_month, first_channel, within_days, is_mature

),

final as (

    select
        cohort_month,
        first_channel,
        cast(within_days as integer) as within_days,
        customers,
        cast(ripe_customers as bigint) as ripe_customers,
        cast(repeat_customers as bigint) as repeat_customers,
        case when is_mature then {{ share('repeat_customers', 'customers') }} end
            as repeat_rate,
        is_mature,
        {{ as_of_date() }} as as_of_date
    from counted

)

select * from final
