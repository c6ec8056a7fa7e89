with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

neighbours as (

    select
        customer_id,
        channel,
        order_sequence,
        lag(channel) over (
            partition by customer_id
            order by order_sequence
        ) as previous_channel
    from orders

),

-- A stretch begins with the first order and wherever the channel is another one than before.
stretches as (

    select
        customer_id,
        channel,
        order_sequence,
        row_number() over (
            partition by customer_id
            order by order_sequence
        ) as stretch_number
    from neighbours
    where
        previous_channel is null
        or previous_channel != channel

),

first_stretches as (

    select
        customer_id,
        {{ ordered_list('channel', ' > ', 'stretch_number') }} as channel_path
    from stretches
    where stretch_number <= 3
    group by customer_id

),

counted as (

    select
        customer_id,
        count(*) - 1 as channel_switches,
        sum(case when channel = 'online' then 1 else 0 end) as online_stretches,
        sum(case when channel = 'store' then 1 else 0 end) as store_stretches,
        min(case when channel = 'online' then stretch_number end) as first_online_stretch,
        min(case when channel = 'store' then stretch_number end) as first_store_stretch
    from stretches
    group by customer_id

),

final as (

    select
        counted.customer_id,
        first_stretches.channel_path,
        cast(counted.channel_switches as bigint) as channel_switches,
        -- Between two online stretches there is another channel, of which there are two.
        counted.online_stretches >= 2 as is_online_store_online,
        counted.store_stretches >= 2 as is_store_online_store,
        coalesce(counted.first_online_stretch < counted.first_store_stretch, false)
            as is_online_first_then_store
    from counted
    inner join first_stretches
        on counted.customer_id = first_stretches.customer_id

)

select * from final
