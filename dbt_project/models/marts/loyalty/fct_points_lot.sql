with

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

lots as (

    select * from {{ ref('int_points_lot__settle') }}

),

final as (

    select
        earnings.lot_id,
        earnings.customer_id,
        earnings.order_key,
        earnings.order_line_key,
        earnings.rule_version,
        case
            when earnings.expires_at < {{ as_of_end() }} then 'expired'
            when lots.points_remaining = 0 then 'used'
            when earnings.active_from >= {{ as_of_end() }} then 'pending'
            else 'active'
        end as lot_status,
        earnings.points as points_earned,
        lots.points_clawed_back,
        cast(
            earnings.points
            - lots.points_clawed_back
            - lots.points_expired
            - lots.points_remaining as bigint
        ) as points_spent,
        lots.points_expired,
        lots.points_remaining,
        earnings.earned_date,
        earnings.active_date,
        earnings.expires_date,
        earnings.occurred_at,
        earnings.active_from,
        earnings.expires_at,
        {{ as_of_date() }} as as_of_date
    from earnings
    inner join lots on earnings.lot_id = lots.lot_id

)

select * from final
