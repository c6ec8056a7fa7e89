{{ config(materialized='view') }}

with

in_order as (

    select * from {{ ref('int_points_lot__spend_in_order') }}

),

one_by_one as (

    select * from {{ ref('int_points_lot__spend_one_by_one') }}

),

late_returns as (

    select
        lot_id,
        sum(debit_given_back_late) as points_expired_late
    from one_by_one
    where debit_given_back_late > 0
    group by lot_id

),

final as (

    select
        lot_id,
        member_number,
        points_earned,
        points_clawed_back,
        points_expired,
        cast(0 as bigint) as points_expired_late,
        points_remaining
    from in_order

    union all

    select
        one_by_one.lot_id,
        one_by_one.member_number,
        one_by_one.points as points_earned,
        one_by_one.points_clawed_back,
        cast(
            case
                when one_by_one.closes_at < {{ as_of_end() }}
                    then one_by_one.points_open - one_by_one.points_filled_by_now
                else 0
            end as bigint
        ) as points_expired,
        cast(coalesce(late_returns.points_expired_late, 0) as bigint) as points_expired_late,
        cast(
            case
                when one_by_one.closes_at < {{ as_of_end() }} then 0
                else one_by_one.points_open - one_by_one.points_filled_by_now
            end as bigint
        ) as points_remaining
    from one_by_one
    left join late_returns on one_by_one.lot_id = late_returns.lot_id
    where
        one_by_one.is_last_state
        and one_by_one.points > 0

)

select * from final
