with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

scores as (

    select * from {{ ref('int_rfm__score') }}

),

cadences as (

    select * from {{ ref('int_cadence__measure') }}

),

channel_mixes as (

    select * from {{ ref('int_channel_mix__measure') }}

),

histories as (

    select * from {{ ref('int_customer_history__summarise') }}

),

habits as (

    select * from {{ ref('int_buying_habit__measure') }}

),

paths as (

    select * from {{ ref('int_channel_path__measure') }}

),

preferences as (

    select * from {{ ref('int_product_preference__measure') }}

),

predictions as (

    select * from {{ ref('stg_prediction__customer_prediction') }}

),

models as (

    select * from {{ ref('stg_prediction__prediction_model') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

prediction_settings as (

    select * from {{ ref('prediction_setting') }}

),

-- What the models behind the value say of themselves; no row of a model: the step has never run.
gates as (

    select
        prediction_settings.value_model,
        prediction_settings.horizon_days,
        max(
            case
                when models.model_code = prediction_settings.value_model
                    then models.not_fitted_reason
            end
        ) as purchase_reason,
        max(case when models.model_code = 'gamma_gamma' then models.not_fitted_reason end)
            as spend_reason,
        count(models.model_code) as models
    from prediction_settings
    left join models
        on models.model_code in (prediction_settings.value_model, 'gamma_gamma')
    group by prediction_settings.value_model, prediction_settings.horizon_days

),

customers as (

    select
        customer_id,
        count(*) as orders,
        cast(sum(net_amount_reporting) as decimal(18, 4)) as net_amount_reporting,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        max(case when order_sequence = 1 then channel end) as first_channel,
        max(case when order_sequence = 2 then order_date end) as second_order_date,
        count(distinct channel) as channels_used
    from orders
    group by customer_id

),

chosen as (

    select
        predictions.*,
        case gates.value_model
            when 'bg_nbd' then predictions.alive_probability_bg_nbd
            else predictions.alive_probability_mbg_nbd
        end as alive_probability,
        case gates.value_model
            when 'bg_nbd' then predictions.expected_purchases_bg_nbd
            else predictions.expected_purchases_mbg_nbd
        end as expected_purchases
    from predictions
    cross join gates

),

final as (

    select
        customers.customer_id,
        scores.segment_code,
        scores.segment_name,
        cadences.cadence_status,
        case
            when cadences.days_since_last_order > settings.lost_days then 'lost'
            when histories.repeat_purchases = 0 and histories.age_days <= settings.new_days
                then 'new'
            when histories.repeat_purchases = 0 then 'one_time'
            else cadences.cadence_status
        end as lifecycle_state,
        customers.first_channel,
        channel_mixes.primary_channel,
        paths.channel_path,
        habits.buyer_type,
        habits.discount_dependence,
        preferences.preferred_category,
        preferences.preferred_product_key,
        gates.value_model,
        case
            when gates.models < 2 then 'the prediction step has not run'
            when gates.purchase_reason is not null then gates.purchase_reason
            when gates.spend_reason is not null then gates.spend_reason
            when chosen.customer_id is null then 'the customer is newer than the prediction'
        end as not_predicted_reason,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        scores.recency_score,
        scores.frequency_score,
        scores.monetary_score,
        customers.orders,
        customers.net_amount_reporting,
        cast(
            round(cast(customers.net_amount_reporting as double) / customers.orders, 4)
            as decimal(18, 4)
        ) as average_order_value_reporting,
        cast(customers.channels_used as integer) as channels_used,
        customers.channels_used > 1 as is_multichannel,
        {{ day_difference('customers.first_order_date', as_of_date()) }} as tenure_days,
        {{ day_difference('customers.first_order_date', 'customers.second_order_date') }}
            as days_to_second_order,
        cadences.days_since_last_order,
        cadences.usual_gap_days,
        cadences.longest_gap_days,
        coalesce(channel_mixes.recent_orders, 0) as recent_orders,
        coalesce(channel_mixes.recent_net_amount_reporting, 0) as recent_net_amount_reporting,
        channel_mixes.online_order_share,
        channel_mixes.store_order_share,
        channel_mixes.online_net_share,
        channel_mixes.store_net_share,
        paths.channel_switches,
        paths.is_online_store_online,
        paths.is_store_online_store,
        habits.gift_order_share,
        habits.discounted_order_share,
        habits.discount_share,
        preferences.preferred_category_order_share,
        preferences.preferred_product_orders,
        chosen.alive_probability,
        chosen.alive_probability_bg_nbd,
        chosen.alive_probability_mbg_nbd,
        chosen.expected_purchases_bg_nbd,
        chosen.expected_purchases_mbg_nbd,
        chosen.expected_spend_reporting,
        cast(
            round(
                cast(chosen.expected_purchases as double)
                * cast(chosen.expected_spend_reporting as double),
                4
            ) as decimal(18, 4)
        ) as expected_value_reporting,
        gates.horizon_days,
        customers.first_order_date,
        customers.second_order_date,
        customers.last_order_date,
        {{ as_of_date() }} as as_of_date
    from customers
    left join scores
        on customers.customer_id = scores.customer_id
    left join cadences
        on customers.customer_id = cadences.customer_id
    left join channel_mixes
        on customers.customer_id = channel_mixes.customer_id
    left join histories
        on customers.customer_id = histories.customer_id
    left join habits
        on customers.customer_id = habits.customer_id
    left join paths
        on customers.customer_id = paths.customer_id
    left join preferences
        on customers.customer_id = preferences.customer_id
    left join chosen
        on customers.customer_id = chosen.customer_id
    cross join settings
    cross join gates

)

select * from final
