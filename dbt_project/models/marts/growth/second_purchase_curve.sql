with

first_orders as (

    select * from {{ ref('int_first_order__describe') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

groups as (

    select
        'all' as breakdown,
        'all' as breakdown_value,
        age_days,
        days_to_second
    from first_orders
    union all
    select
        'first_channel' as breakdown,
        first_channel as breakdown_value,
        age_days,
        days_to_second
    from first_orders
    union all
    select
        'first_category' as breakdown,
        first_category as breakdown_value,
        age_days,
        days_to_second
    from first_orders
    union all
    select
        'first_product' as breakdown,
        first_product_key as breakdown_value,
        age_days,
        days_to_second
    from first_orders
    where first_product_key is not null

),

-- Products are many, and a curve of a few customers says nothing.
sizes as (

    select
        groups.breakdown,
        groups.breakdown_value,
        count(*) as customers
    from groups
    cross join settings
    group by groups.breakdown, groups.breakdown_value, settings.curve_min_customers
    having
        groups.breakdown != 'first_product'
        or count(*) >= settings.curve_min_customers

),

days as (

    select {{ day_difference("cast('2000-01-01' as date)", 'spine.date_day') }} as within_days
    from (
        {{ day_spine(
            "cast('2000-01-01' as date)",
            '(select ' ~ add_days("cast('2000-01-01' as date)", 'curve_days') ~ ' from settings)'
        ) }}
    ) as spine

),

-- A second order within d days of customers who have had d days: all second orders within d days,
-- less those of customers who are younger than that. Two counts per day instead of one per customer
-- and day.
events as (

    select
        breakdown,
        breakdown_value,
        days_to_second as within_days,
        count(*) as second_orders,
        0 as ending_customers,
        0 as ending_repeaters
    from groups
    where days_to_second is not null
    group by breakdown, breakdown_value, days_to_second
    union all
    select
        breakdown,
        breakdown_value,
        age_days + 1 as within_days,
        0 as second_orders,
        count(*) as ending_customers,
        count(days_to_second) as ending_repeaters
    from groups
    group by breakdown, breakdown_value, age_days

),

daily as (

    select
        sizes.breakdown,
        sizes.breakdown_value,
        sizes.customers,
        days.within_days,
        coalesce(sum(events.second_orders), 0) as second_orders,
        coalesce(sum(events.ending_customers), 0) as ending_customers,
        coalesce(sum(events.ending_repeaters), 0) as ending_repeaters
    from sizes
    cross join days
    left join events
        on
            sizes.breakdown = events.breakdown
            and sizes.breakdown_value = events.breakdown_value
            and days.within_days = events.within_days
    group by sizes.breakdown, sizes.breakdown_value, sizes.customers, days.within_days

),

accumulated as (

    select
        breakdown,
        breakdown_value,
        within_days,
        customers - sum(ending_customers) over (
            partition by breakdown, breakdown_value
            order by within_days
            rows between unbounded preceding and current row
        ) as ripe_customers,
        sum(second_orders - ending_repeaters) over (
            partition by breakdown, breakdown_value
            order by within_days
            rows between unbounded preceding and current row
        ) as repeat_customers
    from daily

),

-- The median of those who did come again, of customers who have had all the days of the curve.
medians as (

    select
        groups.breakdown,
        groups.breakdown_value,
        cast(median(groups.days_to_second) as decimal(12, 1)) as median_days_to_second
    from groups
    cross join settings
    where
        groups.age_days >= settings.curve_days
        and groups.days_to_second <= settings.curve_days
    group by groups.breakdown, groups.breakdown_value

),

final as (

    select
        accumulated.breakdown,
        accumulated.breakdown_value,
        cast(accumulated.within_days as integer) as within_days,
        cast(accumulated.ripe_customers as bigint) as ripe_customers,
        cast(accumulated.repeat_customers as bigint) as repeat_customers,
        accumulated.ripe_customers >= settings.curve_min_customers as is_mature,
        case
            when accumulated.ripe_customers >= settings.curve_min_customers
                then {{ share('accumulated.repeat_customers', 'accumulated.ripe_customers') }}
        end as repeat_rate,
        medians.median_days_to_second,
        {{ as_of_date() }} as as_of_date
    from accumulated
    cross join settings
    left join medians
        on
            accumulated.breakdown = medians.breakdown
            and accumulated.breakdown_value = medians.breakdown_value

)

select * from final
