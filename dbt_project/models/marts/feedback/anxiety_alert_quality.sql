with

watched as (

    select * from {{ ref('order_anxiety') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

scoped as (

    select
        *,
        cast(date_trunc('month', order_date) as date) as order_month
    from watched
    where is_mature

),

counted as (

    select
        order_month,
        count(*) as orders,
        sum(case when is_alert then 1 else 0 end) as alerts,
        sum(case when is_alert and has_trouble then 1 else 0 end) as confirmed_alerts,
        sum(case when not is_alert then 1 else 0 end) as quiet_orders,
        sum(case when not is_alert and has_trouble then 1 else 0 end) as missed_orders
    from scoped
    group by order_month

),

-- A month has few alerts: the last row is of all months together.
summed as (

    select
        'month' as period_kind,
        counted.*
    from counted

    union all

    select
        'all' as period_kind,
        min(order_month) as order_month,
        sum(orders) as orders,
        sum(alerts) as alerts,
        sum(confirmed_alerts) as confirmed_alerts,
        sum(quiet_orders) as quiet_orders,
        sum(missed_orders) as missed_orders
    from counted
    having count(*) > 0

),

final as (

    select
        summed.period_kind,
        summed.order_month,
        cast(summed.orders as bigint) as orders,
        cast(summed.alerts as bigint) as alerts,
        cast(summed.confirmed_alerts as bigint) as confirmed_alerts,
        cast(summed.quiet_orders as bigint) as quiet_orders,
        cast(summed.missed_orders as bigint) as missed_orders,
        {{ share('summed.confirmed_alerts', 'summed.alerts') }} as alert_precision,
        {{ wilson_bound(
            'summed.confirmed_alerts', 'summed.alerts', 'settings.confidence_z', '-'
        ) }}
            as alert_precision_low,
        {{ wilson_bound(
            'summed.confirmed_alerts', 'summed.alerts', 'settings.confidence_z', '+'
        ) }}
            as alert_precision_high,
        {{ share('summed.confirmed_alerts', 'summed.confirmed_alerts + summed.missed_orders') }}
            as alert_recall,
        {{ share('summed.missed_orders', 'summed.quiet_orders') }} as quiet_trouble_share,
        summed.alerts >= metrics.min_n as is_reliable
    from summed
    cross join settings
    inner join metrics
        on metrics.metric = 'csat'

)

select * from final
