-- What the member owes, told once by what was taken and once by what the lots gave.
with

taken as (

    select
        members.member_key,
        -sum(
            case
                when
                    movements.movement_type in ('redeem', 'redeem_reversal')
                    or (movements.movement_type = 'adjust' and movements.lot_id is null)
                    then movements.points
                else 0
            end
        ) as points_taken
    from {{ ref('int_points_movement__collect') }} as movements
    inner join {{ ref('int_loyalty_member__resolve') }} as members
        on movements.member_number = members.member_number
    group by members.member_key

),

lots as (

    select
        member_key,
        sum(points_spent) as points_spent,
        sum(points_remaining) as points_remaining,
        sum(case when lot_type = 'redeem_reversal' then points_earned else 0 end)
            as points_come_back
    from {{ ref('fct_points_lot') }}
    group by member_key

),

final as (

    select
        status.member_key,
        status.points_balance,
        lots.points_remaining,
        taken.points_taken
    from {{ ref('loyalty_status') }} as status
    left join taken on status.member_key = taken.member_key
    left join lots on status.member_key = lots.member_key
    where
        status.points_balance
        <> coalesce(lots.points_remaining, 0)
        - (
            coalesce(taken.points_taken, 0)
            + coalesce(lots.points_come_back, 0)
            - coalesce(lots.points_spent, 0)
        )
        or status.points_balance
        <> coalesce(lots.points_remaining, 0) - status.points_deficit

)

select * from final
