with

orders as (

    select * from {{ ref('fct_order') }}
    where
        is_valid_order
        and customer_id is not null

),

seasons as (

    select * from {{ ref('growth_gift_season') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

seasonal_orders as (

    select distinct orders.order_key
    from orders
    inner join seasons
        on
            extract(month from orders.order_date) * 100 + extract(day from orders.order_date)
            between seasons.first_month * 100 + seasons.first_day
            and seasons.last_month * 100 + seasons.last_day

),

habits as (

    select
        orders.customer_id,
        count(*) as orders,
        sum(case when orders.discount_amount > 0 then 1 else 0 end) as discounted_orders,
        sum(orders.gross_amount_reporting) as gross_amount,
        sum(orders.discount_amount_reporting) as discount_amount,
        sum(
            case
                when orders.gift_card_amount > 0 or seasonal_orders.order_key is not null
                    then 1
                else 0
            end
        ) as gift_orders
    from orders
    left join seasonal_orders
        on orders.order_key = seasonal_orders.order_key
    group by orders.customer_id

),

final as (

    select
        habits.customer_id,
        case
            when habits.orders < settings.habit_min_orders then 'too_few_orders'
            when
                habits.discounted_orders >= settings.discount_dependent_share * habits.orders
                then 'discount_only'
            when habits.discounted_orders > 0 then 'mixed'
            else 'full_price'
        end as discount_dependence,
        case
            when habits.orders < settings.habit_min_orders then 'too_few_orders'
            when habits.gift_orders >= settings.gift_buyer_share * habits.orders then 'gift'
            else 'regular'
        end as buyer_type,
        {{ share('habits.discounted_orders', 'habits.orders') }} as discounted_order_share,
        {{ share('habits.discount_amount', 'habits.gross_amount') }} as discount_share,
        {{ share('habits.gift_orders', 'habits.orders') }} as gift_order_share
    from habits
    cross join settings

)

select * from final
