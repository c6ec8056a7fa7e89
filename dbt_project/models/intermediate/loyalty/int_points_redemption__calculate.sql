with

payments as (

    select * from {{ ref('int_payment__unify') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

-- An order that does not count never took points: its payment is void with it.
point_payments as (

    select
        payments.payment_key,
        payments.order_key,
        payments.points,
        payments.amount,
        payments.paid_at,
        payments.paid_date,
        orders.customer_id,
        orders.exchange_rate
    from payments
    inner join orders on payments.order_key = orders.order_key
    inner join members on orders.customer_id = members.customer_id
    where
        payments.payment_method = 'points'
        and payments.moves_money
        and orders.is_valid_order

),

-- A till that sends only the money says the points too: money over the value of a point that day.
final as (

    select
        point_payments.payment_key,
        point_payments.order_key,
        point_payments.customer_id,
        programmes.rule_version,
        point_payments.paid_at as occurred_at,
        point_payments.paid_date,
        coalesce(
            point_payments.points,
            cast(
                round(
                    point_payments.amount * point_payments.exchange_rate / programmes.point_value
                ) as bigint
            )
        ) as points
    from point_payments
    left join programmes
        on
            point_payments.paid_date >= programmes.valid_from
            and (
                programmes.valid_to is null
                or point_payments.paid_date < programmes.valid_to
            )

)

select * from final
