{{ config(materialized='view') }}

-- Every movement of points as it is known now: the ledger that the history gives, whatever the
-- night.
with

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}
    where points > 0

),

lots as (

    select * from {{ ref('int_points_lot__open') }}

),

lots_of_reversals as (

    select * from {{ ref('int_points_lot__open') }}

),

settled_lots as (

    select * from {{ ref('int_points_lot__settle') }}

),

states as (

    select * from {{ ref('int_points_lot__spend_one_by_one') }}

),

clawbacks as (

    select * from {{ ref('int_points_clawback__calculate') }}
    where points > 0

),

events as (

    select * from {{ ref('int_loyalty_event__resolve') }}

),

redemptions as (

    select * from {{ ref('int_points_redemption__calculate') }}
    where points > 0

),

reversals as (

    select * from {{ ref('int_points_reversal__calculate') }}

),

earn_movements as (

    {{ points_movement('earn', 'earnings', {
        'movement_id': "'earn:' || order_line_key",
        'lot_id': 'order_line_key',
        'order_key': 'order_key',
        'order_line_key': 'order_line_key',
        'points': 'points',
        'points_per_unit': 'points_per_unit',
        'base_amount_reporting': 'base_amount_reporting',
        'movement_date': 'earned_date',
    }) }}

),

adjust_movements as (

    {{ points_movement('adjust', 'events', {
        'movement_id': "'adjust:' || loyalty_event_key",
        'lot_id': 'case when points > 0 then loyalty_event_key end',
        'loyalty_event_key': 'loyalty_event_key',
        'points': 'points',
        'movement_date': 'event_date',
    }) }}

),

-- After its lot has expired a clawback can only take what had been spent of it; those members were
-- reckoned debit by debit, which says how much that was.
restricted_clawbacks as (

    select
        clawbacks.*,
        coalesce(states.debit_clawed_back, clawbacks.points) as points_taken
    from clawbacks
    left join states
        on
            clawbacks.refund_line_key = states.debit_id
            and clawbacks.lot_id = states.lot_id

),

clawback_movements as (

    {{ points_movement('clawback', 'restricted_clawbacks', {
        'movement_id': "'clawback:' || refund_line_key",
        'lot_id': 'lot_id',
        'order_key': 'order_key',
        'order_line_key': 'order_line_key',
        'refund_line_key': 'refund_line_key',
        'points': '-points_taken',
        'points_per_unit': 'points_per_unit',
        'base_amount_reporting': '-refunded_base_amount_reporting',
        'movement_date': 'refund_date',
    }) }}

),

redeem_movements as (

    {{ points_movement('redeem', 'redemptions', {
        'movement_id': "'redeem:' || payment_key",
        'order_key': 'order_key',
        'payment_key': 'payment_key',
        'points': '-points',
        'amount_reporting': '-amount_reporting',
        'movement_date': 'paid_date',
    }) }}

),

reversal_movements as (

    {{ points_movement('redeem_reversal', 'reversals', {
        'movement_id': "'redeem_reversal:' || loyalty_event_key",
        'order_key': 'order_key',
        'payment_key': 'payment_key',
        'loyalty_event_key': 'loyalty_event_key',
        'points': 'points',
        'movement_date': 'event_date',
    }) }}

),

expiries as (

    select
        lots.lot_id,
        lots.member_number,
        lots.order_key,
        lots.order_line_key,
        lots.loyalty_event_key,
        lots.rule_version,
        settled_lots.points_expired - settled_lots.points_expired_late as points_expired,
        lots.expires_at as occurred_at,
        {{ add_days('lots.expires_date', 1) }} as expired_date
    from settled_lots
    inner join lots on settled_lots.lot_id = lots.lot_id
    where settled_lots.points_expired > 0

),

expiry_movements as (

    {{ points_movement('expire', 'expiries', {
        'movement_id': "'expire:' || lot_id",
        'lot_id': 'lot_id',
        'order_key': 'order_key',
        'order_line_key': 'order_line_key',
        'points': '-points_expired',
        'movement_date': 'expired_date',
    }) }}

),

-- What a reversal gave back to a lot that had expired by then.
late_returns as (

    select
        lots_of_reversals.lot_id,
        lots_of_reversals.member_number,
        lots_of_reversals.order_key,
        lots_of_reversals.order_line_key,
        lots_of_reversals.rule_version,
        reversals.loyalty_event_key,
        states.debit_given_back_late,
        states.reached_at as occurred_at,
        reversals.event_date
    from states
    inner join lots_of_reversals on states.lot_id = lots_of_reversals.lot_id
    inner join reversals on states.debit_id = reversals.loyalty_event_key
    where states.debit_given_back_late > 0

),

late_expiry_movements as (

    {{ points_movement('expire', 'late_returns', {
        'movement_id': "'expire:' || lot_id || ':' || loyalty_event_key",
        'lot_id': 'lot_id',
        'order_key': 'order_key',
        'order_line_key': 'order_line_key',
        'loyalty_event_key': 'loyalty_event_key',
        'points': '-debit_given_back_late',
        'movement_date': 'event_date',
    }) }}

),

movements as (

    select * from earn_movements
    union all
    select * from adjust_movements
    union all
    select * from clawback_movements
    union all
    select * from redeem_movements
    union all
    select * from reversal_movements
    union all
    select * from expiry_movements
    union all
    select * from late_expiry_movements

),

final as (

    select * from movements
    where points <> 0

)

select * from final
