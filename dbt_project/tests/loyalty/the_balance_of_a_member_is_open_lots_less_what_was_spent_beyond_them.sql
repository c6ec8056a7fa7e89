with

balances as (

    select
        customer_id,
        sum(points) as points_balance,
        -sum(case when movement_type = 'redeem' then points else 0 end) as points_redeemed
    from {{ ref('fct_points_ledger') }}
    group by customer_id

),

lots as (

    select
        customer_id,
        sum(points_spent) as points_spent,
        sum(points_remaining) as points_remaining
    from {{ ref('fct_points_lot') }}
    group by customer_id

),

final as (

    select
        balances.customer_id,
        balances.points_balance,
        lots.points_remaining
    from balances
    left join lots on balances.customer_id = lots.customer_id
    where
        balances.points_balance
        <> coalesce(lots.points_remaining, 0)
        - (balances.points_redeemed - coalesce(lots.points_spent, 0))

)

select * from final
