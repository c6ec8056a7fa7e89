with

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

debits as (

    select * from {{ ref('int_points_debit__collect') }}

),

clawbacks as (

    select
        earnings.lot_id,
        sum(
            case
                when earnings.expires_at is null or debits.occurred_at < earnings.expires_at
                    then debits.points
                else 0
            end
        ) as points_clawed_back,
        max(
            case when debits.occurred_at >= earnings.expires_at then 1 else 0 end
        ) as late_clawbacks
    from earnings
    inner join debits on earnings.lot_id = debits.lot_id
    group by earnings.lot_id

),

lots as (

    select
        earnings.lot_id,
        earnings.customer_id,
        earnings.occurred_at,
        earnings.active_from,
        earnings.expires_at,
        earnings.points,
        coalesce(clawbacks.points_clawed_back, 0) as points_clawed_back,
        coalesce(clawbacks.late_clawbacks, 0) as late_clawbacks,
        coalesce(earnings.expires_at, {{ end_of_time() }}) as closes_at
    from earnings
    left join clawbacks on earnings.lot_id = clawbacks.lot_id
    where earnings.points > 0

),

neighbours as (

    select
        *,
        lag(active_from) over (
            partition by customer_id
            order by occurred_at, lot_id
        ) as previous_active_from,
        lag(closes_at) over (
            partition by customer_id
            order by occurred_at, lot_id
        ) as previous_closes_at
    from lots

),

-- As long as points become active and expire in the order in which they were earned, every debit
-- takes the next points of one queue and the lots follow in closed form. A programme that shortened
-- a term, or a refund after the expiry of its lot, breaks the queue for the members concerned.
final as (

    select
        lot_id,
        customer_id,
        occurred_at,
        active_from,
        expires_at,
        closes_at,
        points,
        points_clawed_back,
        max(
            case
                when
                    late_clawbacks = 1
                    or active_from < previous_active_from
                    or closes_at < previous_closes_at
                    then 1
                else 0
            end
        ) over (partition by customer_id) = 0 as is_one_queue
    from neighbours

)

select * from final
