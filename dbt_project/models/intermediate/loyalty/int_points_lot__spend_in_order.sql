-- Lots in the order in which they expire are one queue. With A = points of a lot and of all before
-- it, clawbacks off, and D = points redeemed before the lot expires, the points expired up to and
-- with a lot are the running maximum of A - D: whatever had not been taken by then. Lots of members
-- who never spend need no queue: they expire whole.
with

lots as (

    select * from {{ ref('int_points_lot__arrange') }}
    where is_one_queue

),

spent_lots as (

    select * from lots
    where is_spender

),

debits as (

    select * from {{ ref('int_points_debit__collect') }}

),

queued as (

    select
        *,
        points - points_clawed_back as queue_points,
        active_from < {{ as_of_end() }} as is_active,
        closes_at < {{ as_of_end() }} as is_expired,
        sum(points - points_clawed_back) over (
            partition by member_number
            order by closes_at, occurred_at, lot_id
            rows between unbounded preceding and current row
        ) as queue_end
    from spent_lots

),

redemptions as (

    select
        debits.member_number,
        debits.occurred_at,
        debits.points
    from debits
    where debits.debit_type in ('redeem', 'adjust')

),

-- A debit at the very instant of the expiry comes too late: 0 sorts before 1.
timeline as (

    select
        member_number,
        lot_id,
        closes_at as happens_at,
        0 as instant_order,
        cast(0 as bigint) as redeemed_points
    from queued

    union all

    select
        member_number,
        cast(null as string) as lot_id,
        occurred_at as happens_at,
        1 as instant_order,
        points as redeemed_points
    from redemptions

),

redeemed as (

    select
        lot_id,
        sum(redeemed_points) over (
            partition by member_number
            order by happens_at, instant_order, lot_id
            rows between unbounded preceding and current row
        ) as redeemed_before_expiry
    from timeline

),

expiries as (

    select
        queued.*,
        max(
            case
                when queued.is_expired
                    then greatest(queued.queue_end - redeemed.redeemed_before_expiry, 0)
                else 0
            end
        ) over (
            partition by queued.member_number
            order by queued.closes_at, queued.occurred_at, queued.lot_id
            rows between unbounded preceding and current row
        ) as expired_so_far
    from queued
    inner join redeemed on queued.lot_id = redeemed.lot_id

),

totals as (

    select
        member_number,
        sum(points) as redeemed_points
    from redemptions
    group by member_number

),

taken as (

    select
        expiries.*,
        expiries.expired_so_far - lag(expiries.expired_so_far, 1, 0) over (
            partition by expiries.member_number
            order by expiries.closes_at, expiries.occurred_at, expiries.lot_id
        ) as points_expired,
        coalesce(totals.redeemed_points, 0)
        + max(expiries.expired_so_far) over (partition by expiries.member_number) as taken_points
    from expiries
    left join totals on expiries.member_number = totals.member_number

),

final as (

    select
        lot_id,
        member_number,
        cast(points as bigint) as points_earned,
        cast(points_clawed_back as bigint) as points_clawed_back,
        cast(points_expired as bigint) as points_expired,
        cast(
            case
                when is_expired then 0
                when not is_active then queue_points
                else least(greatest(queue_end - taken_points, 0), queue_points)
            end as bigint
        ) as points_remaining
    from taken

    union all

    select
        lot_id,
        member_number,
        cast(points as bigint) as points_earned,
        cast(points_clawed_back as bigint) as points_clawed_back,
        cast(
            case when closes_at < {{ as_of_end() }} then points - points_clawed_back else 0 end
            as bigint
        ) as points_expired,
        cast(
            case when closes_at < {{ as_of_end() }} then 0 else points - points_clawed_back end
            as bigint
        ) as points_remaining
    from lots
    where not is_spender

)

select * from final
