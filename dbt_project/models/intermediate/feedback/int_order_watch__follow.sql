with

visits as (

    select * from {{ ref('stg_service__page_visits') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

deliveries as (

    select * from {{ ref('int_order_delivery__summarise') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

ages as (

    select {{ day_difference(as_of_date(), 'date_day') }} as age_days
    from (
        {{ day_spine(
            as_of_date(),
            add_days(as_of_date(), '(select max(anxiety_max_age_days) from settings)')
        ) }}
    ) as spine

),

status_visits as (

    select
        order_references.order_key,
        {{ business_date('visits.visited_at') }} as visit_date,
        visits.visited_at
    from visits
    inner join order_references
        on visits.order_id = order_references.source_order_id
    where
        visits.page_type = 'order_status'
        and {{ business_date('visits.visited_at') }} <= {{ as_of_date() }}

),

-- Orders of the time in which visits are recorded; what was before knows of none.
watched as (

    select
        orders.order_key,
        orders.order_date,
        deliveries.delivered_at,
        least(
            coalesce(deliveries.delivered_date, {{ as_of_date() }}),
            {{ as_of_date() }},
            {{ add_days('orders.order_date', 'settings.anxiety_max_age_days') }}
        ) as watched_until
    from orders
    inner join deliveries
        on orders.order_key = deliveries.order_key
    cross join settings
    where
        orders.is_valid_order
        and orders.order_date
        > {{ add_days(as_of_date(), '-settings.anxiety_history_days') }}
        and orders.order_date >= (select min(status_visits.visit_date) from status_visits)

),

daily_visits as (

    select
        status_visits.order_key,
        {{ day_difference('watched.order_date', 'status_visits.visit_date') }} as age_days,
        count(*) as visits
    from status_visits
    inner join watched
        on status_visits.order_key = watched.order_key
    where watched.delivered_at is null or status_visits.visited_at < watched.delivered_at
    group by
        status_visits.order_key,
        {{ day_difference('watched.order_date', 'status_visits.visit_date') }}

),

final as (

    select
        watched.order_key,
        watched.order_date,
        ages.age_days,
        {{ add_days('watched.order_date', 'ages.age_days') }} as watch_date,
        coalesce(daily_visits.visits, 0) as visits
    from watched
    inner join ages
        on {{ add_days('watched.order_date', 'ages.age_days') }} <= watched.watched_until
    left join daily_visits
        on
            watched.order_key = daily_visits.order_key
            and ages.age_days = daily_visits.age_days

)

select * from final
