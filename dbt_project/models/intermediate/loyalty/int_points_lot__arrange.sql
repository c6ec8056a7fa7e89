with

lots as (

    select * from {{ ref('int_points_lot__open') }}

),

debits as (

    select * from {{ ref('int_points_debit__collect') }}

),

clawbacks as (

    select
        lots.lot_id,
        sum(
            case
                when lots.expires_at is null or debits.occurred_at < lots.expires_at
                    then debits.points
                else 0
            end
        ) as points_clawed_back,
        max(
            case when debits.occurred_at >= lots.expires_at then 1 else 0 end
        ) as late_clawbacks
    from lots
    inner join debits on lots.lot_id = debits.lot_id
    where debits.debit_type = 'clawback'
    group by lots.lot_id

),

spenders as (

    select
        member_number,
        max(case when debit_type = 'redeem_reversal' then 1 else 0 end) as reversals
    from debits
    where debit_type <> 'clawback'
    group by member_number

),

lives as (

    select
        lots.lot_id,
        lots.member_number,
        lots.occurred_at,
        lots.active_from,
        coalesce(lots.expires_at, {{ end_of_time() }}) as closes_at,
        lots.points,
        coalesce(clawbacks.points_clawed_back, 0) as points_clawed_back,
        coalesce(clawbacks.late_clawbacks, 0) as late_clawbacks,
        coalesce(spenders.reversals, 0) as reversals,
        spenders.member_number is not null as is_spender
    from lots
    left join clawbacks on lots.lot_id = clawbacks.lot_id
    left join spenders on lots.member_number = spenders.member_number

),

neighbours as (

    select
        *,
        lag(active_from) over (
            partition by member_number
            order by occurred_at, lot_id
        ) as previous_active_from,
        lag(closes_at) over (
            partition by member_number
            order by occurred_at, lot_id
        ) as previous_closes_at
    from lives
    where is_spender

),

-- As long as points become active and expire in the order in which they were earned, every debit
-- takes the next points of one queue and the lots follow in closed form. A programme that shortened
-- a term, points that are active at once among points that are pending, a refund after the expiry
-- of its lot or a reversal break the queue for the members concerned; not for those who never
-- spend.
broken as (

    select member_number
    from neighbours
    where
        reversals = 1
        or active_from < previous_active_from
        or closes_at < previous_closes_at
    union
    select member_number
    from lives
    where late_clawbacks = 1

),

final as (

    select
        lives.lot_id,
        lives.member_number,
        lives.occurred_at,
        lives.active_from,
        lives.closes_at,
        lives.points,
        lives.points_clawed_back,
        lives.is_spender,
        broken.member_number is null as is_one_queue
    from lives
    left join broken on lives.member_number = broken.member_number

)

select * from final
