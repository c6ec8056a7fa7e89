-- For the members whose lots are not one queue: the state of every lot after each debit, debit by
-- debit. Beside the lots themselves the state has what each redemption that is reversed one day has
-- taken from each of them (redemption_id), and what it found no points for (then without a lot), so
-- that the reversal knows where to put it back. Windows inside a recursive term run on DuckDB; an
-- engine without them runs the term once per debit number instead.
with recursive lots as (

    select * from {{ ref('int_points_lot__arrange') }}
    where not is_one_queue

),

debits as (

    select * from {{ ref('int_points_debit__collect') }}
    where member_number in (select lots.member_number from lots)

),

reversed_redemptions as (

    select distinct
        member_number,
        payment_key as redemption_id
    from debits
    where debit_type = 'redeem_reversal'

),

begins as (

    select
        lot_id,
        cast(null as string) as redemption_id,
        member_number,
        occurred_at,
        active_from,
        closes_at,
        points
    from lots

    union all

    select
        lots.lot_id,
        reversed_redemptions.redemption_id,
        lots.member_number,
        lots.occurred_at,
        cast(null as timestamp) as active_from,
        lots.closes_at,
        cast(0 as bigint) as points
    from lots
    inner join reversed_redemptions on lots.member_number = reversed_redemptions.member_number

    union all

    select
        cast(null as string) as lot_id,
        redemption_id,
        member_number,
        cast(null as timestamp) as occurred_at,
        cast(null as timestamp) as active_from,
        cast(null as timestamp) as closes_at,
        cast(0 as bigint) as points
    from reversed_redemptions

),

-- points_taken is a redemption's, all other points are the lot's.
steps as (

    select
        lot_id,
        redemption_id,
        member_number,
        occurred_at,
        active_from,
        closes_at,
        cast(points as bigint) as points,
        cast(points as bigint) as points_open,
        cast(0 as bigint) as points_clawed_back,
        cast(0 as bigint) as points_taken,
        cast(0 as bigint) as deficit,
        cast(0 as bigint) as debit_number,
        cast(null as string) as debit_id,
        cast(0 as bigint) as debit_clawed_back,
        cast(0 as bigint) as debit_given_back,
        {{ beginning_of_time() }} as reached_at
    from begins

    union all

    (
        with

        due as (

            select
                steps.*,
                debits.debit_number as next_debit_number,
                debits.debit_id as next_debit_id,
                debits.debit_type,
                debits.lot_id as debit_lot_id,
                debits.payment_key as debit_payment_key,
                debits.occurred_at as debit_at,
                debits.points as debit_points
            from steps
            inner join debits
                on
                    steps.member_number = debits.member_number
                    and steps.debit_number + 1 = debits.debit_number

        ),

        -- Points that have become active since the last debit pay what was owed then.
        filled as (

            select
                *,
                {{ fill_deficit('debit_at') }} as points_filled
            from due

        ),

        -- A clawback takes what its own lot still holds; what has been spent of it falls on the
        -- other lots, and what has expired of it has already been taken. What a lot still holds
        -- when it expires stays in its state, untouched by later debits.
        claimed as (

            select
                *,
                points_open - points_filled as points_held,
                deficit - sum(points_filled) over (partition by member_number) as deficit_left,
                case
                    when debit_type = 'clawback' and redemption_id is null and lot_id = debit_lot_id
                        then least(
                                debit_points,
                                points - points_clawed_back
                                - case
                                    when
                                        closes_at <= debit_at
                                        then points_open - points_filled
                                    else 0
                                end
                            )
                    else 0
                end as clawback,
                case
                    when debit_type = 'redeem_reversal' and redemption_id = debit_payment_key
                        then points_taken
                    else 0
                end as points_returnable
            from filled

        ),

        -- A reversal gives back what was taken last: first what no lot could pay, then lot by lot.
        returned as (

            select
                *,
                case when closes_at > debit_at then least(clawback, points_held) else 0 end
                    as points_taken_back,
                least(
                    points_returnable,
                    greatest(
                        debit_points - (
                            sum(points_returnable) over (
                                partition by member_number
                                order by
                                    case when lot_id is null then 0 else 1 end,
                                    closes_at desc,
                                    occurred_at desc,
                                    lot_id desc
                                rows between unbounded preceding and current row
                            ) - points_returnable
                        ),
                        0
                    )
                ) as points_returned
            from claimed

        ),

        totalled as (

            select
                *,
                sum(case when lot_id is null then points_returned else 0 end)
                    over (partition by member_number) as unpaid_returned,
                sum(points_returned) over (partition by member_number, lot_id) as lot_returned
            from returned

        ),

        -- What no lot could pay lowers the deficit; where later points have paid it, it is a new
        -- lot.
        given_back as (

            select
                *,
                deficit_left - least(unpaid_returned, deficit_left) as deficit_now,
                case
                    when redemption_id is not null then 0
                    when debit_type = 'redeem_reversal' and lot_id = debit_lot_id
                        then unpaid_returned - least(unpaid_returned, deficit_left)
                    else lot_returned
                end as points_given_back
            from totalled

        ),

        owed as (

            select
                *,
                case
                    when active_from <= debit_at and closes_at > debit_at
                        then points_held - points_taken_back + points_given_back
                    else 0
                end as points_spendable,
                case
                    when debit_type in ('redeem', 'adjust') then debit_points
                    when debit_type = 'redeem_reversal' then deficit_now
                    else sum(clawback - points_taken_back) over (partition by member_number)
                end as points_owed
            from given_back

        ),

        spent as (

            select
                *,
                least(
                    points_spendable,
                    greatest(
                        points_owed - (
                            sum(points_spendable) over (
                                partition by member_number
                                order by closes_at, occurred_at, lot_id
                                rows between unbounded preceding and current row
                            ) - points_spendable
                        ),
                        0
                    )
                ) as points_spent
            from owed

        ),

        summed as (

            select
                *,
                sum(points_spent) over (partition by member_number) as member_spent,
                sum(points_spent) over (partition by member_number, lot_id) as lot_spent
            from spent

        )

        select
            lot_id,
            redemption_id,
            member_number,
            occurred_at,
            active_from,
            closes_at,
            cast(
                points
                + case
                    when debit_type = 'redeem_reversal' and lot_id = debit_lot_id
                        then points_given_back
                    else 0
                end as bigint
            ) as points,
            cast(
                points_held - points_taken_back + points_given_back - points_spent as bigint
            ) as points_open,
            cast(points_clawed_back + clawback as bigint) as points_clawed_back,
            cast(
                points_taken - points_returned
                + case
                    when redemption_id is null or debit_type <> 'redeem' then 0
                    when redemption_id <> next_debit_id then 0
                    when lot_id is null then points_owed - member_spent
                    else lot_spent
                end as bigint
            ) as points_taken,
            cast(
                case when debit_type = 'redeem_reversal' then 0 else deficit_now end
                + points_owed - member_spent as bigint
            ) as deficit,
            next_debit_number as debit_number,
            next_debit_id as debit_id,
            cast(clawback as bigint) as debit_clawed_back,
            cast(points_given_back as bigint) as debit_given_back,
            debit_at as reached_at
        from summed

    )

),

final as (

    select
        lot_id,
        member_number,
        closes_at,
        points,
        debit_number,
        debit_id,
        points_open,
        points_clawed_back,
        debit_clawed_back,
        case when closes_at <= reached_at then debit_given_back else 0 end as debit_given_back_late,
        deficit,
        reached_at,
        debit_number = max(debit_number) over (partition by member_number) as is_last_state,
        {{ fill_deficit(as_of_end(), includes_instant=false) }} as points_filled_by_now
    from steps
    where redemption_id is null

)

select * from final
