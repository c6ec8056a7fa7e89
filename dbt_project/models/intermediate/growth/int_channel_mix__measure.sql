with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

settings as (

    select * from {{ ref('growth_setting') }}

),

windows as (

    select
        cast(
            {{ dbt.dateadd('month', '-channel_months', as_of_date()) }} as date
        ) as window_starts_after
    from settings

),

recent as (

    select
        orders.customer_id,
        orders.channel,
        count(*) as orders,
        sum(orders.net_amount_reporting) as net_amount_reporting,
        max(orders.ordered_at) as last_ordered_at
    from orders
    cross join windows
    where orders.order_date > windows.window_starts_after
    group by orders.customer_id, orders.channel

),

ranked as (

    select
        customer_id,
        channel,
        orders,
        net_amount_reporting,
        row_number() over (
            partition by customer_id
            order by orders desc, net_amount_reporting desc, last_ordered_at desc, channel asc
        ) as channel_rank
    from recent

),

totals as (

    select
        customer_id,
        sum(orders) as recent_orders,
        sum(case when channel = 'online' then orders else 0 end) as recent_online_orders,
        cast(sum(net_amount_reporting) as decimal(18, 4)) as recent_net_amount_reporting,
        cast(
            sum(case when channel = 'online' then net_amount_reporting else 0 end)
            as decimal(18, 4)
        ) as recent_online_net_amount_reporting,
        max(case when channel_rank = 1 then channel end) as primary_channel
    from ranked
    group by customer_id

),

final as (

    select
        customer_id,
        primary_channel,
        cast(recent_orders as bigint) as recent_orders,
        cast(recent_online_orders as bigint) as recent_online_orders,
        recent_net_amount_reporting,
        recent_online_net_amount_reporting,
        {{ share('recent_online_orders', 'recent_orders') }} as online_order_share,
        {{ share('recent_orders - recent_online_orders', 'recent_orders') }}
            as store_order_share,
        {{ share('recent_online_net_amount_reporting', 'recent_net_amount_reporting') }}
            as online_net_share,
        {{ share(
            'recent_net_amount_reporting - recent_online_net_amount_reporting',
            'recent_net_amount_reporting'
        ) }} as store_net_share
    from totals

)

select * from final
