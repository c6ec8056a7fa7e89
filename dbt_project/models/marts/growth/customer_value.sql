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

customers as (

    select
        customer_id,
        count(*) as orders,
        cast(sum(net_amount_reporting) as decimal(18, 4)) as net_amount_reporting,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        max(case when order_sequence = 1 then channel end) as first_channel,
        count(distinct channel) as channels_used
    from orders
    group by customer_id

),

final as (

    select
        customers.customer_id,
        scores.segment_code,
        scores.segment_name,
        cadences.cadence_status,
        customers.first_channel,
        channel_mixes.primary_channel,
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
        cadences.days_since_last_order,
        cadences.usual_gap_days,
        cadences.longest_gap_days,
        coalesce(channel_mixes.recent_orders, 0) as recent_orders,
        coalesce(channel_mixes.recent_net_amount_reporting, 0) as recent_net_amount_reporting,
        channel_mixes.online_order_share,
        channel_mixes.store_order_share,
        channel_mixes.online_net_share,
        channel_mixes.store_net_share,
        customers.first_order_date,
        customers.last_order_date,
        {{ as_of_date() }} as as_of_date
    from customers
    left join scores
        on customers.customer_id = scores.customer_id
    left join cadences
        on customers.customer_id = cadences.customer_id
    left join channel_mixes
        on customers.customer_id = channel_mixes.customer_id

)

select * from final
