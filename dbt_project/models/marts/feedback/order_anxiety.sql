with

watched as (

    select * from {{ ref('int_order_watch__follow') }}

),

curve as (

    select * from {{ ref('order_status_curve') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

refunds as (

    select * from {{ ref('fct_refund_line') }}

),

disputes as (

    select * from {{ ref('fct_dispute') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

running as (

    select
        watched.*,
        sum(watched.visits) over (
            partition by watched.order_key
            order by watched.age_days
            rows between unbounded preceding and current row
        ) as visits_so_far,
        curve.expected_visits_so_far
    from watched
    inner join curve
        on watched.age_days = curve.age_days

),

-- A count with this expectation (Poisson) has the square root of it as its standard deviation.
alerts as (

    select
        running.order_key,
        min(running.age_days) as alert_age_days
    from running
    cross join settings
    where
        running.visits_so_far >= settings.anxiety_min_visits
        and running.visits_so_far
        > cast(running.expected_visits_so_far as double)
        + cast(settings.anxiety_z as double)
        * sqrt(cast(running.expected_visits_so_far as double))
    group by running.order_key

),

summarised as (

    select
        order_key,
        order_date,
        sum(visits) as visits,
        max(age_days) as watched_days
    from running
    group by order_key, order_date

),

outcomes as (

    select
        order_key,
        opened_date as outcome_date
    from tickets
    where order_key is not null and not is_follow_up

    union all

    select
        order_key,
        refund_date as outcome_date
    from refunds
    where order_key is not null

    union all

    select
        order_key,
        opened_date as outcome_date
    from disputes
    where order_key is not null

),

judged as (

    select
        summarised.*,
        alerts.alert_age_days,
        running.visits_so_far as alert_visits,
        running.expected_visits_so_far as alert_expected_visits,
        running.watch_date as alert_date,
        -- Where no alert was raised, trouble counts from the same age on average: from the order.
        coalesce(running.watch_date, summarised.order_date) as counted_from
    from summarised
    left join alerts
        on summarised.order_key = alerts.order_key
    left join running
        on
            alerts.order_key = running.order_key
            and alerts.alert_age_days = running.age_days

),

followed as (

    select
        judged.order_key,
        min(outcomes.outcome_date) as outcome_date
    from judged
    inner join outcomes
        on judged.order_key = outcomes.order_key
    where outcomes.outcome_date >= judged.counted_from
    group by judged.order_key

),

final as (

    select
        judged.order_key,
        orders.customer_id,
        orders.country_code,
        cast(judged.visits as bigint) as visits,
        judged.alert_age_days is not null as is_alert,
        cast(judged.alert_age_days as integer) as alert_age_days,
        cast(judged.alert_visits as bigint) as alert_visits,
        judged.alert_expected_visits,
        coalesce(
            followed.outcome_date
            <= {{ add_days('judged.counted_from', 'settings.anxiety_outcome_days') }},
            false
        ) as has_trouble,
        {{ add_days('judged.counted_from', 'settings.anxiety_outcome_days') }}
        <= {{ as_of_date() }}
        and judged.watched_days < {{ day_difference('judged.order_date', as_of_date()) }}
            as is_mature,
        judged.order_date,
        judged.alert_date,
        case
            when
                followed.outcome_date
                <= {{ add_days('judged.counted_from', 'settings.anxiety_outcome_days') }}
                then followed.outcome_date
        end as trouble_date
    from judged
    cross join settings
    inner join orders
        on judged.order_key = orders.order_key
    left join followed
        on judged.order_key = followed.order_key

)

select * from final
