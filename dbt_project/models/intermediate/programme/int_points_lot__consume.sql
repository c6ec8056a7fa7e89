-- When the spent points of each lot were spent: the points that a member has spent, in the order in
-- which lots are spent, are the points redeemed, in the order of time. Both are queues of the same
-- points, so they are laid side by side. Where points came back to a lot after other lots had paid
-- for its refund, the refund spent the points of the others, and gave the lot its own back.
with

lots as (

    select * from {{ ref('fct_points_lot') }}
    where points_spent <> 0

),

movements as (

    select * from {{ ref('int_points_movement__collect') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

refunds as (

    select
        movements.member_number,
        'clawback:' || lots.lot_id as debit_key,
        lots.lot_id,
        max(movements.occurred_at) as occurred_at,
        max(movements.movement_date) as movement_date,
        -max(lots.points_spent) as points
    from lots
    inner join movements
        on
            lots.lot_id = movements.lot_id
            and movements.movement_type = 'clawback'
    where lots.points_spent < 0
    group by movements.member_number, lots.lot_id

),

-- What was given back was not spent; by hand points can be taken too.
debits as (

    select
        member_number,
        coalesce(payment_key, movement_id) as debit_key,
        min(occurred_at) as occurred_at,
        min(movement_date) as movement_date,
        -sum(points) as points
    from movements
    where
        movement_type in ('redeem', 'redeem_reversal')
        or (movement_type = 'adjust' and points < 0)
    group by member_number, coalesce(payment_key, movement_id)
    having sum(points) < 0

    union all

    select
        member_number,
        debit_key,
        occurred_at,
        movement_date,
        points
    from refunds

),

debit_queue as (

    select
        members.member_key,
        debits.debit_key,
        debits.movement_date,
        debits.points,
        sum(debits.points) over (
            partition by debits.member_number
            order by debits.occurred_at, debits.debit_key
            rows between unbounded preceding and current row
        ) as queue_end
    from debits
    inner join members on debits.member_number = members.member_number

),

lot_queue as (

    select
        lot_id,
        programme_code,
        member_key,
        earned_date,
        points_spent,
        sum(points_spent) over (
            partition by member_key
            order by coalesce(expires_at, {{ end_of_time() }}), occurred_at, lot_id
            rows between unbounded preceding and current row
        ) as queue_end
    from lots
    where points_spent > 0

),

final as (

    select
        lot_queue.lot_id,
        lot_queue.programme_code,
        lot_queue.member_key,
        debit_queue.debit_key,
        lot_queue.earned_date,
        greatest(debit_queue.movement_date, lot_queue.earned_date) as consumed_date,
        cast(
            least(lot_queue.queue_end, debit_queue.queue_end)
            - greatest(
                lot_queue.queue_end - lot_queue.points_spent,
                debit_queue.queue_end - debit_queue.points
            ) as bigint
        ) as points
    from lot_queue
    inner join debit_queue
        on
            lot_queue.member_key = debit_queue.member_key
            and lot_queue.queue_end > debit_queue.queue_end - debit_queue.points
            and lot_queue.queue_end - lot_queue.points_spent < debit_queue.queue_end

    union all

    select
        lots.lot_id,
        lots.programme_code,
        lots.member_key,
        refunds.debit_key,
        lots.earned_date,
        refunds.movement_date as consumed_date,
        cast(-refunds.points as bigint) as points
    from refunds
    inner join lots on refunds.lot_id = lots.lot_id

)

select * from final
