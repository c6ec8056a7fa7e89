-- Redemptions taken back: never more than was redeemed, and not before.
with

events as (

    select * from {{ ref('int_loyalty_event__unify') }}
    where
        event_type = 'redeem_reversal'
        and points > 0

),

redemptions as (

    select * from {{ ref('int_points_redemption__calculate') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

asked as (

    select
        events.loyalty_event_key,
        events.points as asked_points,
        redemptions.payment_key,
        redemptions.order_key,
        redemptions.member_number,
        redemptions.programme_code,
        redemptions.points as redeemed_points,
        greatest(events.occurred_at, redemptions.occurred_at) as occurred_at,
        greatest(events.event_date, redemptions.paid_date) as event_date
    from events
    inner join redemptions on events.payment_key = redemptions.payment_key

),

summed as (

    select
        *,
        sum(asked_points) over (
            partition by payment_key
            order by occurred_at, loyalty_event_key
            rows between unbounded preceding and current row
        ) as asked_so_far
    from asked

),

given as (

    select
        *,
        least(asked_so_far, redeemed_points)
        - least(asked_so_far - asked_points, redeemed_points) as points
    from summed

),

final as (

    select
        given.loyalty_event_key,
        given.payment_key,
        given.order_key,
        given.member_number,
        given.programme_code,
        programmes.rule_version,
        given.occurred_at,
        given.event_date,
        cast(given.points as bigint) as points
    from given
    inner join programmes
        on
            given.programme_code = programmes.programme_code
            and (
                given.event_date >= programmes.valid_from
                or programmes.version_number = 1
            )
            and (
                programmes.valid_to is null
                or given.event_date < programmes.valid_to
            )
    where given.points > 0

)

select * from final
