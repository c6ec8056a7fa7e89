with

payments as (

    select * from {{ ref('int_payment__unify') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

places as (

    select * from {{ ref('int_loyalty_place__classify') }}

),

products as (

    select * from {{ ref('int_loyalty_product__classify') }}

),

scopes as (

    select * from {{ ref('int_loyalty_scope__match') }}

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
        nullif(payments.points, 0) as points,
        payments.paid_at,
        payments.paid_date,
        orders.customer_id,
        places.place_class,
        orders.order_date,
        cast(
            round({{ multiply_money('payments.amount', 'orders.exchange_rate') }}, 4)
            as decimal(18, 4)
        ) as amount_reporting
    from payments
    inner join orders on payments.order_key = orders.order_key
    inner join places
        on
            orders.source_system = places.source_system
            and coalesce(orders.store_key, '') = places.store_key
            and coalesce(orders.country_code, '') = places.country_code
    where
        payments.payment_method = 'points'
        and payments.moves_money
        and orders.is_valid_order

),

paid_orders as (

    select distinct
        order_key,
        place_class,
        order_date
    from point_payments

),

-- The order is of the programme that most of its goods belong to; without such goods, of the one
-- that its place belongs to.
claims as (

    select
        paid_orders.order_key,
        scopes.programme_code,
        1 as preference,
        sum(order_lines.gross_amount) as gross_amount
    from paid_orders
    inner join order_lines on paid_orders.order_key = order_lines.order_key
    left join products on order_lines.product_key = products.product_key
    inner join scopes
        on
            paid_orders.place_class = scopes.place_class
            and coalesce(products.scope_brand, '') = scopes.brand
            and paid_orders.order_date >= scopes.valid_from
            and (scopes.valid_to is null or paid_orders.order_date < scopes.valid_to)
    group by paid_orders.order_key, scopes.programme_code

    union all

    select
        paid_orders.order_key,
        scopes.programme_code,
        2 as preference,
        0 as gross_amount
    from paid_orders
    inner join scopes
        on
            paid_orders.place_class = scopes.place_class
            and scopes.brand = ''
            and paid_orders.order_date >= scopes.valid_from
            and (scopes.valid_to is null or paid_orders.order_date < scopes.valid_to)

),

ranked_claims as (

    select
        *,
        row_number() over (
            partition by order_key
            order by preference asc, gross_amount desc, programme_code asc
        ) as claim_number
    from claims

),

-- Points may have been taken before a programme that we know of began.
governed as (

    select
        point_payments.*,
        members.member_number,
        programmes.programme_code,
        programmes.rule_version,
        programmes.point_value
    from point_payments
    inner join ranked_claims
        on
            point_payments.order_key = ranked_claims.order_key
            and ranked_claims.claim_number = 1
    inner join members
        on
            point_payments.customer_id = members.customer_id
            and ranked_claims.programme_code = members.programme_code
    inner join programmes
        on
            ranked_claims.programme_code = programmes.programme_code
            and (
                point_payments.paid_date >= programmes.valid_from
                or programmes.version_number = 1
            )
            and (
                programmes.valid_to is null
                or point_payments.paid_date < programmes.valid_to
            )

),

-- A till that sends only the money says the points too: money over the value of a point that day.
final as (

    select
        payment_key,
        order_key,
        member_number,
        programme_code,
        rule_version,
        amount_reporting,
        paid_at as occurred_at,
        paid_date,
        cast(
            coalesce(
                points,
                {{ integer_divide(
                    '2 * ' ~ wide_integer('amount_reporting * 10000')
                    ~ ' + ' ~ wide_integer('point_value * 10000'),
                    '2 * ' ~ wide_integer('point_value * 10000')
                ) }}
            ) as bigint
        ) as points
    from governed

)

select * from final
