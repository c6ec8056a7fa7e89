-- What changes the lots of a member once they are there, in the order in which it happens: at one
-- instant in a fixed one, so that every night tells the same story.
with

clawbacks as (

    select * from {{ ref('int_points_clawback__calculate') }}

),

events as (

    select * from {{ ref('int_loyalty_event__resolve') }}

),

redemptions as (

    select * from {{ ref('int_points_redemption__calculate') }}

),

reversals as (

    select * from {{ ref('int_points_reversal__calculate') }}

),

debits as (

    select
        refund_line_key as debit_id,
        'clawback' as debit_type,
        1 as instant_order,
        member_number,
        lot_id,
        cast(null as string) as payment_key,
        occurred_at,
        points
    from clawbacks
    where points > 0

    union all

    select
        loyalty_event_key as debit_id,
        'adjust' as debit_type,
        2 as instant_order,
        member_number,
        cast(null as string) as lot_id,
        cast(null as string) as payment_key,
        occurred_at,
        -points as points
    from events
    where points < 0

    union all

    select
        payment_key as debit_id,
        'redeem' as debit_type,
        3 as instant_order,
        member_number,
        cast(null as string) as lot_id,
        payment_key,
        occurred_at,
        points
    from redemptions
    where points > 0

    union all

    select
        loyalty_event_key as debit_id,
        'redeem_reversal' as debit_type,
        4 as instant_order,
        member_number,
        loyalty_event_key as lot_id,
        payment_key,
        occurred_at,
        points
    from reversals

),

final as (

    select
        *,
        row_number() over (
            partition by member_number
            order by occurred_at, instant_order, debit_id
        ) as debit_number
    from debits

)

select * from final
