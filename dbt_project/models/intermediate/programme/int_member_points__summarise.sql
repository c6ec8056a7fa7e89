with

movements as (

    select * from {{ ref('int_points_movement__collect') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

settings as (

    select * from {{ ref('engagement_setting') }}

),

final as (

    select
        members.member_key,
        sum(
            case
                when movements.movement_type in ('earn', 'adjust') and movements.points > 0
                    then movements.points
                else 0
            end
        ) as points_earned,
        -sum(case when movements.movement_type = 'clawback' then movements.points else 0 end)
            as points_clawed_back,
        -sum(
            case
                when movements.movement_type in ('redeem', 'redeem_reversal')
                    then movements.points
                else 0
            end
        ) as points_redeemed,
        -sum(case when movements.movement_type = 'expire' then movements.points else 0 end)
            as points_expired,
        sum(case when movements.movement_type = 'redeem' then 1 else 0 end) as redemptions,
        sum(
            case
                when
                    movements.movement_type in ('earn', 'clawback')
                    and movements.movement_date
                    > {{ add_days(as_of_date(), '-settings.recent_days') }}
                    then movements.points
                else 0
            end
        ) as points_earned_recently,
        max(case when movements.movement_type = 'earn' then movements.movement_date end)
            as last_earn_date,
        max(case when movements.movement_type = 'redeem' then movements.movement_date end)
            as last_redeem_date
    from movements
    inner join members on movements.member_number = members.member_number
    cross join settings
    group by members.member_key

)

select * from final
