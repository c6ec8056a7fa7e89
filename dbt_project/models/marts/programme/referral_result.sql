with

referrals as (

    select * from {{ ref('int_referral__resolve') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

movements as (

    select * from {{ ref('fct_points_ledger') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}
    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > {{ as_of_date() }})

),

paid as (

    select
        movements.loyalty_event_key,
        sum(movements.points) as points,
        sum(movements.points * programmes.point_value) as amount
    from movements
    inner join programmes on movements.programme_code = programmes.programme_code
    where
        movements.loyalty_event_key is not null
        and movements.movement_type = 'adjust'
    group by movements.loyalty_event_key

),

purchases as (

    select
        referrals.loyalty_event_key,
        min(orders.order_date) as first_order_date,
        min(case when orders.order_date >= referrals.referred_date then orders.order_date end)
            as first_order_after,
        sum(case when orders.order_date >= referrals.referred_date then 1 else 0 end) as orders,
        sum(
            case
                when orders.order_date >= referrals.referred_date
                    then orders.net_amount_reporting
                else 0
            end
        ) as net_amount
    from referrals
    inner join orders on referrals.referred_customer_id = orders.customer_id
    group by referrals.loyalty_event_key

),

joined as (

    select
        referrals.*,
        customers.member_since_date,
        purchases.first_order_date,
        purchases.first_order_after,
        coalesce(purchases.orders, 0) as orders,
        coalesce(purchases.net_amount, 0) as net_amount,
        coalesce(paid.points, 0) as points_paid,
        coalesce(paid.amount, 0) as points_amount,
        row_number() over (
            partition by referrals.referred_customer_id
            order by referrals.occurred_at, referrals.loyalty_event_key
        ) as referral_number
    from referrals
    left join customers on referrals.referred_customer_id = customers.customer_id
    left join purchases on referrals.loyalty_event_key = purchases.loyalty_event_key
    left join paid on referrals.loyalty_event_key = paid.loyalty_event_key

),

final as (

    select
        loyalty_event_key,
        source_system,
        referrer_customer_id,
        referred_customer_id,
        case
            when referrer_customer_id is null or referred_customer_id is null then 'unresolved'
            when referrer_customer_id = referred_customer_id then 'self_referral'
            when first_order_date < referred_date or member_since_date < referred_date
                then 'known_before'
            when referral_number > 1 then 'referred_before'
            when orders > 0 then 'bought'
            when member_since_date is not null then 'joined'
            else 'open'
        end as referral_result,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(points_paid as bigint) as points_paid,
        cast(points_amount as decimal(18, 4)) as points_paid_value_reporting,
        cast(orders as bigint) as orders,
        cast(net_amount as decimal(18, 4)) as net_amount_reporting,
        referred_date,
        member_since_date,
        first_order_after as first_order_date,
        {{ as_of_date() }} as as_of_date
    from joined

)

select * from final
