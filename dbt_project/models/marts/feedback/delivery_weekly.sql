with

deliveries as (

    select * from {{ ref('int_order_delivery__summarise') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

messages as (

    select * from {{ ref('fct_message') }}

),

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

first_notices as (

    select
        order_key,
        min(sent_at) as noticed_at
    from messages
    where message_type = 'delay_notice' and is_delivered
    group by order_key

),

first_tickets as (

    select
        order_key,
        min(opened_at) as asked_at
    from tickets
    where not is_follow_up
    group by order_key

),

-- A promise is judged when its day has passed, or when it was kept before.
due as (

    select
        orders.country_code,
        cast(date_trunc('week', deliveries.promised_date) as date) as promised_week,
        deliveries.is_promise_kept,
        deliveries.delivered_date is null as is_missing,
        first_notices.noticed_at is not null
        and (first_tickets.asked_at is null or first_notices.noticed_at < first_tickets.asked_at)
        and (
            deliveries.delivered_at is null or first_notices.noticed_at < deliveries.delivered_at
        ) as is_told_first,
        first_tickets.asked_at is not null as has_ticket
    from deliveries
    inner join orders
        on deliveries.order_key = orders.order_key
    left join first_notices
        on deliveries.order_key = first_notices.order_key
    left join first_tickets
        on deliveries.order_key = first_tickets.order_key
    where orders.is_valid_order and deliveries.is_promise_kept is not null

),

scoped as (

    select
        'all' as country_code,
        promised_week,
        is_promise_kept,
        is_missing,
        is_told_first,
        has_ticket
    from due

    union all

    select
        country_code,
        promised_week,
        is_promise_kept,
        is_missing,
        is_told_first,
        has_ticket
    from due
    where country_code is not null

),

counted as (

    select
        promised_week,
        country_code,
        count(*) as due_orders,
        sum(case when is_promise_kept then 1 else 0 end) as kept_orders,
        sum(case when not is_promise_kept then 1 else 0 end) as late_orders,
        sum(case when not is_promise_kept and is_missing then 1 else 0 end) as missing_orders,
        sum(case when not is_promise_kept and is_told_first then 1 else 0 end) as told_orders,
        sum(case when not is_promise_kept and is_told_first and has_ticket then 1 else 0 end)
            as told_orders_with_ticket,
        sum(case when not is_promise_kept and not is_told_first and has_ticket then 1 else 0 end)
            as untold_orders_with_ticket
    from scoped
    group by promised_week, country_code

),

final as (

    select
        counted.promised_week,
        counted.country_code,
        cast(counted.due_orders as bigint) as due_orders,
        cast(counted.kept_orders as bigint) as kept_orders,
        cast(counted.late_orders as bigint) as late_orders,
        cast(counted.missing_orders as bigint) as missing_orders,
        {{ share('counted.kept_orders', 'counted.due_orders') }} as kept_share,
        {{ wilson_bound(
            'counted.kept_orders', 'counted.due_orders', 'settings.confidence_z', '-'
        ) }}
            as kept_share_low,
        {{ wilson_bound(
            'counted.kept_orders', 'counted.due_orders', 'settings.confidence_z', '+'
        ) }}
            as kept_share_high,
        cast(counted.told_orders as bigint) as told_orders,
        {{ share('counted.told_orders', 'counted.late_orders') }} as told_share,
        cast(counted.told_orders_with_ticket as bigint) as told_orders_with_ticket,
        cast(counted.untold_orders_with_ticket as bigint) as untold_orders_with_ticket,
        {{ add_days('counted.promised_week', 6) }} < {{ as_of_date() }} as is_mature
    from counted
    cross join settings

)

select * from final
