with

ledger as (

    select
        member_key,
        sum(points) as points
    from {{ ref('fct_points_ledger') }}
    group by member_key

),

final as (

    select
        coalesce(status.member_key, ledger.member_key) as member_key,
        status.points_balance,
        ledger.points
    from {{ ref('loyalty_status') }} as status
    full outer join ledger on status.member_key = ledger.member_key
    where coalesce(status.points_balance, 0) <> coalesce(ledger.points, 0)

)

select * from final
