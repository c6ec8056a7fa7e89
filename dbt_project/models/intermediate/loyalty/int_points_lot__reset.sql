-- When a member's points end because nothing happened for so long, in programmes that have such a
-- rule.
with

earnings as (

    select
        member_number,
        rule_version,
        earned_date as activity_date
    from {{ ref('int_points_earn__calculate') }}
    where points > 0

),

events as (

    select
        member_number,
        rule_version,
        event_date as activity_date
    from {{ ref('int_loyalty_event__resolve') }}
    where points > 0

),

reversals as (

    select
        member_number,
        rule_version,
        event_date as activity_date
    from {{ ref('int_points_reversal__calculate') }}

),

redemptions as (

    select
        member_number,
        rule_version,
        paid_date as activity_date
    from {{ ref('int_points_redemption__calculate') }}
    where points > 0

),

inactivity_versions as (

    select
        rule_version,
        programme_code,
        expiry_months,
        expiry_rounding
    from {{ ref('int_loyalty_programme__version') }}
    where expiry_mode = 'inactivity'

),

members as (

    select
        member_number,
        programme_code
    from {{ ref('int_loyalty_member__resolve') }}
    where programme_code in (select inactivity_versions.programme_code from inactivity_versions)

),

happenings as (

    select * from earnings
    union all
    select * from events
    union all
    select * from reversals
    union all
    select * from redemptions

),

activities as (

    select distinct
        happenings.member_number,
        happenings.activity_date
    from happenings
    inner join members on happenings.member_number = members.member_number

),

-- Every term of the programme is reckoned; a lot looks up its own.
terms as (

    select distinct
        programme_code,
        expiry_months,
        expiry_rounding
    from inactivity_versions

),

limits as (

    select
        activities.member_number,
        terms.expiry_months,
        terms.expiry_rounding,
        activities.activity_date,
        {{ points_expiry_date(
            'activities.activity_date', 'terms.expiry_months', 'terms.expiry_rounding'
        ) }} as limit_date,
        lead(activities.activity_date) over (
            partition by activities.member_number, terms.expiry_months, terms.expiry_rounding
            order by activities.activity_date
        ) as next_activity_date
    from activities
    inner join members on activities.member_number = members.member_number
    inner join terms on members.programme_code = terms.programme_code

),

-- The first limit from a day on that no activity reached ends everything that there was.
final as (

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

)

select * from final
