-- Every lot with its life: from when it can be spent, and until when. A reversal may need a lot of its
-- own, which begins empty.
with

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}
    where points > 0

),

events as (

    select * from {{ ref('int_loyalty_event__resolve') }}
    where points > 0

),

reversals as (

    select * from {{ ref('int_points_reversal__calculate') }}

),

redemptions as (

    select * from {{ ref('int_points_redemption__calculate') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

business_days as (

    select * from {{ ref('int_business_day__arrange') }}

),

credits as (

    select
        order_line_key as lot_id,
        member_number,
        'earn' as lot_type,
        rule_version,
        order_key,
        order_line_key,
        cast(null as string) as loyalty_event_key,
        points,
        occurred_at,
        earned_date,
        pending_days,
        cast(null as date) as last_date
    from earnings

    union all

    select
        loyalty_event_key as lot_id,
        member_number,
        event_type as lot_type,
        rule_version,
        cast(null as string) as order_key,
        cast(null as string) as order_line_key,
        loyalty_event_key,
        points,
        occurred_at,
        event_date as earned_date,
        0 as pending_days,
        last_date
    from events

    union all

    select
        loyalty_event_key as lot_id,
        member_number,
        'redeem_reversal' as lot_type,
        rule_version,
        order_key,
        cast(null as string) as order_line_key,
        loyalty_event_key,
        cast(0 as bigint) as points,
        occurred_at,
        event_date as earned_date,
        0 as pending_days,
        cast(null as date) as last_date
    from reversals

),

inactivity_versions as (

    select
        rule_version,
        expiry_months,
        expiry_rounding
    from programmes
    where expiry_mode = 'inactivity'

),

idle_members as (

    select distinct
        credits.member_number,
        inactivity_versions.expiry_months,
        inactivity_versions.expiry_rounding
    from credits
    inner join inactivity_versions on credits.rule_version = inactivity_versions.rule_version

),

activities as (

    select
        member_number,
        earned_date as activity_date
    from credits
    union
    select
        member_number,
        paid_date as activity_date
    from redemptions
    where points > 0

),

limits as (

    select
        idle_members.member_number,
        idle_members.expiry_months,
        idle_members.expiry_rounding,
        activities.activity_date,
        {{ points_expiry_date(
            'activities.activity_date', 'idle_members.expiry_months', 'idle_members.expiry_rounding'
        ) }} as limit_date,
        lead(activities.activity_date) over (
            partition by
                idle_members.member_number,
                idle_members.expiry_months,
                idle_members.expiry_rounding
            order by activities.activity_date
        ) as next_activity_date
    from idle_members
    inner join activities on idle_members.member_number = activities.member_number

),

-- The first limit from a day on that no activity reached ends everything that there was.
resets as (

    select
        member_number,
        expiry_months,
        expiry_rounding,
        activity_date,
        min(
            case
                when next_activity_date is null or next_activity_date > limit_date then limit_date
            end
        ) over (
            partition by member_number, expiry_months, expiry_rounding
            order by activity_date
            rows between current row and unbounded following
        ) as reset_date
    from limits

),

dated as (

    select
        credits.*,
        programmes.programme_code,
        {{ add_days('credits.earned_date', 'credits.pending_days') }} as active_date,
        case
            when credits.last_date is not null then credits.last_date
            when programmes.expiry_mode = 'months'
                then {{ points_expiry_date(
                    'credits.earned_date', 'programmes.expiry_months', 'programmes.expiry_rounding'
                ) }}
            when programmes.expiry_mode = 'inactivity' then resets.reset_date
        end as expires_date
    from credits
    inner join programmes on credits.rule_version = programmes.rule_version
    left join resets
        on
            programmes.expiry_mode = 'inactivity'
            and credits.member_number = resets.member_number
            and programmes.expiry_months = resets.expiry_months
            and programmes.expiry_rounding = resets.expiry_rounding
            and credits.earned_date = resets.activity_date

),

final as (

    select
        dated.lot_id,
        dated.member_number,
        dated.programme_code,
        dated.lot_type,
        dated.rule_version,
        dated.order_key,
        dated.order_line_key,
        dated.loyalty_event_key,
        dated.points,
        dated.occurred_at,
        dated.earned_date,
        case
            when dated.pending_days = 0 then dated.occurred_at
            else coalesce(active_days.starts_at, {{ business_day_start('dated.active_date') }})
        end as active_from,
        dated.active_date,
        dated.expires_date,
        coalesce(
            expiry_days.starts_at, {{ business_day_start(add_days('dated.expires_date', 1)) }}
        ) as expires_at
    from dated
    left join business_days as active_days on dated.active_date = active_days.date_day
    left join business_days as expiry_days
        on {{ add_days('dated.expires_date', 1) }} = expiry_days.date_day

)

select * from final
