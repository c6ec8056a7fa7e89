with

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

asked as (

    select
        tickets.*,
        cast(date_trunc('week', tickets.opened_date) as date) as opened_week,
        settings.response_target_hours
    from tickets
    cross join settings
    where not tickets.is_follow_up

),

scoped as (

    select
        'all' as scope_channel,
        asked.*
    from asked

    union all

    select
        ticket_channel as scope_channel,
        asked.*
    from asked
    where ticket_channel is not null

),

counted as (

    select
        opened_week,
        scope_channel,
        max(response_target_hours) as response_target_hours,
        count(*) as tickets,
        sum(case when first_replied_at is not null then 1 else 0 end) as replied_tickets,
        sum(case when is_replied_in_time then 1 else 0 end) as replied_in_time,
        sum(case when not is_open then 1 else 0 end) as resolved_tickets,
        percentile_cont(0.5) within group (
            order by cast(hours_to_first_reply as double)
        ) as median_reply,
        percentile_cont(0.9) within group (
            order by cast(hours_to_first_reply as double)
        ) as slow_reply,
        percentile_cont(0.5) within group (
            order by cast(hours_to_resolution as double)
        ) as median_resolution
    from scoped
    group by opened_week, scope_channel

),

dated as (

    select
        *,
        {{ hours_between(business_day_start(add_days('opened_week', 7)), as_of_end()) }}
        >= response_target_hours as is_mature
    from counted

),

final as (

    select
        opened_week,
        scope_channel as ticket_channel,
        cast(tickets as bigint) as tickets,
        cast(replied_tickets as bigint) as replied_tickets,
        cast(resolved_tickets as bigint) as resolved_tickets,
        cast(tickets - resolved_tickets as bigint) as open_tickets,
        case when is_mature then {{ share('replied_in_time', 'tickets') }} end
            as replied_in_time_share,
        cast(round(median_reply, 2) as decimal(18, 2)) as median_hours_to_first_reply,
        cast(round(slow_reply, 2) as decimal(18, 2)) as p90_hours_to_first_reply,
        cast(round(median_resolution, 2) as decimal(18, 2)) as median_hours_to_resolution,
        is_mature
    from dated

)

select * from final
