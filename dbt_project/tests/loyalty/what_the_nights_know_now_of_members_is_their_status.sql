with

known as (

    select * from {{ ref('loyalty_status_known') }}
    where known_to is null

),

status as (

    select * from {{ ref('loyalty_status') }}

),

final as (

    select
        coalesce(status.member_key, known.member_key) as member_key,
        status.points_balance,
        known.points_balance as known_points_balance
    from status
    full outer join known on status.member_key = known.member_key
    where
        status.tier_code is distinct from known.tier_code
        or status.points_balance is distinct from known.points_balance

)

select * from final
