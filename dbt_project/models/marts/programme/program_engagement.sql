with

statuses as (

    select * from {{ ref('loyalty_status') }}

),

points as (

    select * from {{ ref('int_member_points__summarise') }}

),

lots as (

    select * from {{ ref('fct_points_lot') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

settings as (

    select * from {{ ref('engagement_setting') }}

),

rewards as (

    select *
    from {{ ref('points_reward') }}
    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > {{ as_of_date() }})

),

cheapest_rewards as (

    select min(points_needed) as points_needed
    from rewards

),

-- The day on which enough had been earned for the first reward, spent since or not.
earned_so_far as (

    select
        member_key,
        active_date,
        sum(points_earned - points_clawed_back) over (
            partition by member_key
            order by active_date, lot_id
            rows between unbounded preceding and current row
        ) as points_so_far
    from lots
    where active_date <= {{ as_of_date() }}

),

first_rewards as (

    select
        earned_so_far.member_key,
        min(earned_so_far.active_date) as first_reward_date
    from earned_so_far
    cross join cheapest_rewards
    where earned_so_far.points_so_far >= cheapest_rewards.points_needed
    group by earned_so_far.member_key

),

expiring as (

    select
        member_key,
        min(expires_date) as next_expiry_date,
        sum(points_remaining) as points_open
    from lots
    where lot_status = 'active'
    group by member_key

),

next_expiries as (

    select
        expiring.member_key,
        expiring.next_expiry_date,
        sum(lots.points_remaining) as next_expiry_points
    from expiring
    inner join lots
        on
            expiring.member_key = lots.member_key
            and expiring.next_expiry_date = lots.expires_date
    where lots.lot_status = 'active'
    group by expiring.member_key, expiring.next_expiry_date

),

purchases as (

    select
        orders.customer_id,
        count(*) as orders,
        sum(case when orders.discount_amount > 0 then 1 else 0 end) as discounted_orders,
        sum(orders.gross_amount_reporting) as gross_amount,
        sum(orders.discount_amount_reporting) as discount_amount,
        sum(orders.net_amount_reporting) as net_amount,
        sum(case when orders.discount_amount > 0 then orders.net_amount_reporting else 0 end)
            as discounted_net_amount,
        max(orders.order_date) as last_order_date
    from orders
    where
        orders.is_valid_order
        and orders.customer_id is not null
    group by orders.customer_id

),

affordable as (

    select
        statuses.member_key,
        max(
            case when rewards.points_needed <= statuses.points_active then rewards.points_needed end
        ) as affordable_points,
        min(
            case when rewards.points_needed > statuses.points_active then rewards.points_needed end
        ) as next_reward_points
    from statuses
    cross join rewards
    group by statuses.member_key

),

joined as (

    select
        statuses.programme_code,
        statuses.member_key,
        statuses.customer_id,
        statuses.tier_code,
        statuses.member_since,
        statuses.points_active,
        statuses.points_pending,
        statuses.points_expiring_soon,
        coalesce(points.points_earned, 0) as points_earned,
        coalesce(points.points_earned - points.points_clawed_back, 0) as points_kept,
        coalesce(points.points_redeemed, 0) as points_redeemed,
        coalesce(points.points_expired, 0) as points_expired,
        coalesce(points.points_earned_recently, 0) as points_earned_recently,
        coalesce(points.redemptions, 0) as redemptions,
        points.last_earn_date,
        points.last_redeem_date,
        coalesce(purchases.orders, 0) as orders,
        coalesce(purchases.discounted_orders, 0) as discounted_orders,
        coalesce(purchases.gross_amount, 0) as gross_amount,
        coalesce(purchases.discount_amount, 0) as discount_amount,
        coalesce(purchases.net_amount, 0) as net_amount,
        coalesce(purchases.discounted_net_amount, 0) as discounted_net_amount,
        purchases.last_order_date,
        affordable.affordable_points,
        affordable.next_reward_points,
        first_rewards.first_reward_date,
        next_expiries.next_expiry_date,
        coalesce(next_expiries.next_expiry_points, 0) as next_expiry_points,
        settings.sleeping_days,
        settings.recent_days,
        settings.min_orders,
        settings.discount_dependent_share,
        settings.reach_days,
        least(
            settings.recent_days,
            {{ day_difference('statuses.member_since', as_of_date()) }} + 1
        ) as pace_days
    from statuses
    cross join settings
    left join points on statuses.member_key = points.member_key
    left join purchases on statuses.customer_id = purchases.customer_id
    left join affordable on statuses.member_key = affordable.member_key
    left join first_rewards on statuses.member_key = first_rewards.member_key
    left join next_expiries on statuses.member_key = next_expiries.member_key

),

dated as (

    select
        *,
        coalesce(
            last_order_date <= {{ add_days(as_of_date(), '-sleeping_days') }},
            member_since <= {{ add_days(as_of_date(), '-sleeping_days') }}
        ) as is_sleeping,
        {{ day_difference('last_earn_date', as_of_date()) }} as days_since_last_earn,
        {{ day_difference('last_redeem_date', as_of_date()) }} as days_since_last_redeem,
        {{ day_difference('last_order_date', as_of_date()) }} as days_since_last_order,
        {{ day_difference('member_since', 'first_reward_date') }} as days_to_first_reward,
        case
            when points_earned_recently > 0
                then
                    cast(next_reward_points - points_active as double)
                    * pace_days / points_earned_recently
        end as days_to_next_reward
    from joined

),

final as (

    select
        dated.member_key,
        dated.programme_code,
        dated.customer_id,
        dated.tier_code,
        case
            when dated.points_earned = 0 then 'never_earned'
            when dated.is_sleeping then 'sleeping'
            when dated.days_since_last_redeem < dated.recent_days then 'burner'
            when dated.days_since_last_earn < dated.recent_days then 'active_earner'
            else 'idle'
        end as engagement_state,
        case
            when dated.orders < dated.min_orders then 'too_few_orders'
            when
                dated.discounted_orders >= dated.discount_dependent_share * dated.orders
                then 'discount_only'
            when dated.discounted_orders > 0 then 'mixed'
            else 'full_price'
        end as discount_dependence,
        case
            when dated.affordable_points is not null then 'affordable'
            when dated.days_to_next_reward <= dated.reach_days then 'within_reach'
            else 'out_of_reach'
        end as reward_reach,
        affordable_rewards.reward_code as affordable_reward_code,
        next_rewards.reward_code as next_reward_code,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        dated.is_sleeping,
        cast(dated.points_earned as bigint) as points_earned,
        cast(dated.points_redeemed as bigint) as points_redeemed,
        cast(dated.points_expired as bigint) as points_expired,
        {{ share('dated.points_redeemed', 'dated.points_kept') }} as burn_share,
        cast(dated.redemptions as bigint) as redemptions,
        cast(
            case
                when dated.redemptions > 0
                    then round(cast(dated.points_redeemed as double) / dated.redemptions)
            end as bigint
        ) as points_per_redemption,
        cast(dated.points_active as bigint) as points_active,
        cast(dated.points_expiring_soon as bigint) as points_expiring_soon,
        cast(dated.next_expiry_points as bigint) as next_expiry_points,
        cast(dated.next_reward_points - dated.points_active as bigint) as points_to_next_reward,
        cast(dated.days_to_first_reward as bigint) as days_to_first_reward,
        cast(ceil(dated.days_to_next_reward) as bigint) as days_to_next_reward,
        cast(dated.days_since_last_earn as bigint) as days_since_last_earn,
        cast(dated.days_since_last_redeem as bigint) as days_since_last_redeem,
        cast(dated.days_since_last_order as bigint) as days_since_last_order,
        dated.orders,
        {{ share('dated.discounted_orders', 'dated.orders') }} as discounted_order_share,
        {{ share('dated.discounted_net_amount', 'dated.net_amount') }} as discounted_net_share,
        {{ share('dated.discount_amount', 'dated.gross_amount') }} as discount_share,
        cast(dated.net_amount as decimal(18, 4)) as net_amount_reporting,
        dated.member_since,
        dated.last_order_date,
        dated.next_expiry_date,
        {{ as_of_date() }} as as_of_date
    from dated
    left join rewards as affordable_rewards
        on dated.affordable_points = affordable_rewards.points_needed
    left join rewards as next_rewards
        on dated.next_reward_points = next_rewards.points_needed

)

select * from final
