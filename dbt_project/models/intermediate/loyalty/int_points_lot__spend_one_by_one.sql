-- For the members whose lots are not one queue: the state of every lot after each debit, debit by
-- debit. Windows inside a recursive term run on DuckDB; an engine without them runs the term once
-- per debit number instead.
with recursive lots as (

    select * from {{ ref('int_points_lot__arrange') }}
    where not is_one_queue

),

debits as (

    select * from {{ ref('int_points_debit__collect') }}
    where customer_id in (select lots.customer_id from lots)

),

steps as (

    select
        lot_id,
        customer_id,
        occurred_at,
        active_from,
        closes_at,
        points,
        points as points_open,
        cast(0 as bigint) as points_clawed_back,
        cast(0 as bigint) as deficit,
        cast(0 as bigint) as debit_number,
        cast(null as string) as debit_id,
        cast(0 as bigint) as debit_clawed_back,
        {{ beginning_of_time() }} as reached_at
    from lots

    union all

    (
        with

        due as (

            select
                steps.*,
                debits.debit_number as next_debit_number,
                debits.debit_id as next_debit_id,
                debits.lot_id as debit_lot_id,
                debits.occurred_at as debit_at,
                debits.points as debit_points
            from steps
            inner join debits
                on
                    steps.customer_id = debits.customer_id
                    and steps.debit_number + 1 = debits.debit_number

        ),

        -- Points that have become active since the last debit pay what was owed then.
        filled as (

            select
                *,
                {{ fill_deficit('debit_at') }} as points_filled
            from due

        ),

        lapsed as (

            select
                *,
                case when closes_at <= debit_at then points_open - points_filled else 0 end
                    as points_lapsed
            from filled

        ),

        -- A clawback takes what its own lot still holds; what has been spent of it falls on the
        -- other lots, and what has expired of it has already been taken.
        claimed as (

            select
                *,
                points_open - points_filled as points_held,
                deficit - sum(points_filled) over (partition by customer_id) as deficit_left,
                case
                    when lot_id = debit_lot_id
                        then least(debit_points, points - points_clawed_back - points_lapsed)
                    else 0
                end as clawback
            from lapsed

        ),

        taken_back as (

            select
                *,
                case when closes_at > debit_at then least(clawback, points_held) else 0 end
                    as points_taken_back
            from claimed

        ),

        owed as (

            select
                *,
                case
                    when active_from <= debit_at and closes_at > debit_at
                        then points_held - points_taken_back
                    else 0
                end as points_spendable,
                case
                    when debit_lot_id is null then debit_points
                    else sum(clawback - points_taken_back) over (partition by customer_id)
                end as points_owed
            from taken_back

        ),

        spent as (

            select
                *,
                least(
                    points_spendable,
                    greatest(
                        points_owed - (
                            sum(points_spendable) over (
                                partition by customer_id
                                order by closes_at, occurred_at, lot_id
                                rows between unbounded preceding and current row
                            ) - points_spendable
                        ),
                        0
                    )
                ) as points_spent
            from owed

        )

        select
            lot_id,
            customer_id,
            occurred_at,
            active_from,
            closes_at,
            points,
            cast(points_held - points_taken_back - points_spent as bigint) as points_open,
            cast(points_clawed_back + clawback as bigint) as points_clawed_back,
            cast(
                deficit_left + points_owed - sum(points_spent) over (partition by customer_id)
                as bigint
            ) as deficit,
            next_debit_number as debit_number,
            next_debit_id as debit_id,
            cast(clawback as bigint) as debit_clawed_back,
            debit_at as reached_at
        from spent

    )

),

final as (

    select
        lot_id,
        customer_id,
        closes_at,
        debit_number,
        debit_id,
        points_open,
        points_clawed_back,
        debit_clawed_back,
        deficit,
        debit_number = max(debit_number) over (partition by customer_id) as is_last_state,
        {{ fill_deficit(as_of_end(), includes_instant=false) }} as points_filled_by_now
    from steps

)

select * from final
