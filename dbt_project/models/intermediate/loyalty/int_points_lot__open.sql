-- Every lot with its life: from when it can be spent, and until when. A reversal may need a lot of
-- its own, which begins empty.
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

inactivity_versions as (

    select
        rule_version,
        expiry_months,
        expiry_rounding
    from {{ ref('int_loyalty_programme__version') }}
    where expiry_mode = 'inactivity'

),

resets as (

    select
        inactivity_versions.rule_version,
        resets.member_number,
        resets.activity_date,
        resets.reset_date
    from {{ ref('int_points_lot__reset') }} as resets
    inner join inactivity_versions
        on
            resets.expiry_months = inactivity_versions.expiry_months
            and resets.expiry_rounding = inactivity_versions.expiry_rounding

),

terms as (

    select * from {{ ref('int_loyalty_term__arrange') }}

),

credits as (

    select
        order_line_key as lot_id,
        member_number,
        programme_code,
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
        programme_code,
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
        programme_code,
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

dated as (

    select
        credits.*,
        case when credits.pending_days = 0 then credits.occurred_at else terms.active_from end
            as active_from,
        case when credits.pending_days = 0 then credits.earned_date else terms.active_date end
            as active_date,
        coalesce(credits.last_date, resets.reset_date, terms.expires_date) as expires_date,
        case
            when credits.last_date is null and resets.reset_date is null then terms.expires_at
        end as term_expires_at
    from credits
    inner join terms
        on
            credits.rule_version = terms.rule_version
            and credits.earned_date = terms.earned_date
    left join resets
        on
            credits.rule_version = resets.rule_version
            and credits.member_number = resets.member_number
            and credits.earned_date = resets.activity_date

),

final as (

    select
        lot_id,
        member_number,
        programme_code,
        lot_type,
        rule_version,
        order_key,
        order_line_key,
        loyalty_event_key,
        points,
        occurred_at,
        earned_date,
        active_from,
        active_date,
        expires_date,
        case
            when term_expires_at is not null then term_expires_at
            when expires_date is not null
                then {{ business_day_start(add_days('expires_date', 1)) }}
        end as expires_at
    from dated

)

select * from final
