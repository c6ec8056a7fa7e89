-- Of members, order by order, to the cent: what the shop took as points is what the ledger took.
with

payments as (

    select
        orders.order_key,
        sum(
            cast(
                round({{ multiply_money('payments.amount', 'orders.exchange_rate') }}, 4)
                as decimal(18, 4)
            )
        ) as amount_reporting
    from {{ ref('int_payment__unify') }} as payments
    inner join {{ ref('fct_order') }} as orders on payments.order_key = orders.order_key
    where
        payments.payment_method = 'points'
        and payments.moves_money
        and orders.is_valid_order
        and orders.customer_id in (
            select members.customer_id from {{ ref('int_loyalty_member__resolve') }} as members
        )
    group by orders.order_key

),

redemptions as (

    select
        order_key,
        -sum(amount_reporting) as amount_reporting
    from {{ ref('fct_points_ledger') }}
    where movement_type = 'redeem'
    group by order_key

),

final as (

    select
        coalesce(payments.order_key, redemptions.order_key) as order_key,
        payments.amount_reporting as paid_amount,
        redemptions.amount_reporting as redeemed_amount
    from payments
    full outer join redemptions on payments.order_key = redemptions.order_key
    where coalesce(payments.amount_reporting, 0) <> coalesce(redemptions.amount_reporting, 0)

)

select * from final
