with

lots as (

    select * from {{ ref('int_points_lot__open') }}

),

settled_lots as (

    select * from {{ ref('int_points_lot__settle') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

final as (

    select
        lots.lot_id,
        lots.programme_code,
        members.member_key,
        members.customer_id,
        lots.lot_type,
        lots.order_key,
        lots.order_line_key,
        lots.loyalty_event_key,
        lots.rule_version,
        case
            when lots.expires_at < {{ as_of_end() }} then 'expired'
            when settled_lots.points_remaining = 0 then 'used'
            when lots.active_from >= {{ as_of_end() }} then 'pending'
            else 'active'
        end as lot_status,
        settled_lots.points_earned,
        settled_lots.points_clawed_back,
        cast(
            settled_lots.points_earned
            - settled_lots.points_clawed_back
            - settled_lots.points_expired
            - settled_lots.points_remaining as bigint
        ) as points_spent,
        settled_lots.points_expired,
        settled_lots.points_remaining,
        lots.earned_date,
        lots.active_date,
        lots.expires_date,
        lots.occurred_at,
        lots.active_from,
        lots.expires_at,
        {{ as_of_date() }} as as_of_date
    from lots
    inner join settled_lots on lots.lot_id = settled_lots.lot_id
    inner join members on lots.member_number = members.member_number

)

select * from final
