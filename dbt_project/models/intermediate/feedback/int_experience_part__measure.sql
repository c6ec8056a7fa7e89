with

nps_scores as (

    select * from {{ ref('nps_daily') }}

),

satisfaction_scores as (

    select * from {{ ref('satisfaction_daily') }}

),

deliveries as (

    select * from {{ ref('int_order_delivery__summarise') }}

),

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

-- The weeks of which the daily marts keep scores by channel, whole ones alone.
weeks as (

    select distinct
        cast(date_trunc('week', business_date) as date) as business_week,
        {{ add_days("cast(date_trunc('week', business_date) as date)", 6) }} as week_end_date
    from nps_scores
    where
        dimension = 'channel'
        and {{ add_days("cast(date_trunc('week', business_date) as date)", 6) }}
        <= {{ as_of_date() }}

),

judged_deliveries as (

    select
        orders.channel,
        deliveries.promised_date as judged_date,
        deliveries.is_promise_kept as is_good
    from deliveries
    inner join orders
        on deliveries.order_key = orders.order_key
    where orders.is_valid_order and deliveries.is_promise_kept is not null

),

-- A ticket without an order belongs to the channel that it came from: the store, or else online.
judged_tickets as (

    select
        coalesce(
            orders.channel,
            case when tickets.ticket_channel = 'store' then 'store' else 'online' end
        ) as channel,
        tickets.opened_date as judged_date,
        coalesce(tickets.hours_to_first_reply <= settings.response_target_hours, false) as is_good
    from tickets
    cross join settings
    left join orders
        on tickets.order_key = orders.order_key
    where not tickets.is_follow_up

),

judged as (

    select
        'delivery' as part,
        *
    from judged_deliveries

    union all

    select
        'support' as part,
        *
    from judged_tickets

),

shares as (

    select
        weeks.business_week,
        judged.channel,
        judged.part,
        count(*) as n,
        10 * cast(sum(case when judged.is_good then 1 else 0 end) as double) / count(*) as points
    from weeks
    cross join settings
    inner join judged
        on
            weeks.week_end_date >= judged.judged_date
            and {{ add_days('weeks.week_end_date', '-settings.experience_window_days') }}
            < judged.judged_date
    group by weeks.business_week, judged.channel, judged.part

),

scores as (

    select
        weeks.business_week,
        nps_scores.dimension_value as channel,
        'nps' as part,
        nps_scores.n,
        (cast(nps_scores.nps as double) + 100) / 20 as points
    from nps_scores
    inner join weeks
        on nps_scores.business_date = weeks.week_end_date
    inner join settings
        on nps_scores.window_days = settings.experience_window_days
    where nps_scores.dimension = 'channel' and nps_scores.reading = 'all_answers'

    union all

    select
        weeks.business_week,
        satisfaction_scores.dimension_value as channel,
        satisfaction_scores.metric as part,
        satisfaction_scores.n,
        cast(satisfaction_scores.mean_index as double) / 10 as points
    from satisfaction_scores
    inner join weeks
        on satisfaction_scores.business_date = weeks.week_end_date
    inner join settings
        on satisfaction_scores.window_days = settings.experience_window_days
    where
        satisfaction_scores.dimension = 'channel'
        and satisfaction_scores.metric in ('csat', 'ces', 'review')

    union all

    select
        shares.business_week,
        shares.channel,
        shares.part,
        shares.n,
        case when shares.n >= settings.experience_min_n then shares.points end as points
    from shares
    cross join settings

),

final as (

    select
        business_week,
        channel,
        part,
        n,
        cast(round(points, 4) as decimal(9, 4)) as points
    from scores

)

select * from final
