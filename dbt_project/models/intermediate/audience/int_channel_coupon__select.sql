with

mixes as (

    select * from {{ ref('int_channel_mix__measure') }}

),

cadences as (

    select * from {{ ref('int_cadence__measure') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

stores as (

    select * from {{ ref('dim_store') }}
    where is_open

),

rules as (

    select * from {{ ref('audience') }}
    where audience_code in ('store_coupon', 'online_coupon')

),

countries as (

    select
        country_code,
        count(*) as open_stores
    from stores
    group by country_code

),

-- Through one channel only in the recent months.
one_sided as (

    select
        mixes.customer_id,
        mixes.recent_orders,
        cadences.days_since_last_order,
        coalesce(countries.open_stores, 0) as open_stores,
        case
            when mixes.recent_online_orders = mixes.recent_orders then 'store_coupon'
            else 'online_coupon'
        end as audience_code
    from mixes
    inner join cadences
        on mixes.customer_id = cadences.customer_id
    inner join customers
        on mixes.customer_id = customers.customer_id
    left join countries
        on customers.country_code = countries.country_code
    where
        mixes.recent_online_orders = mixes.recent_orders
        or mixes.recent_online_orders = 0

),

final as (

    select
        one_sided.audience_code,
        one_sided.customer_id,
        cast(null as string) as order_key,
        cast(null as string) as product_key,
        case one_sided.audience_code
            when 'store_coupon'
                then
                    'Recent orders: ' || cast(one_sided.recent_orders as string)
                    || ' online, none in a store; open stores in the country: '
                    || cast(one_sided.open_stores as string) || '.'
            else
                'Recent orders: ' || cast(one_sided.recent_orders as string)
                || ' in stores, none online.'
        end as reason
    from one_sided
    inner join rules
        on one_sided.audience_code = rules.audience_code
    where
        one_sided.days_since_last_order between rules.from_days and rules.to_days
        and (one_sided.audience_code = 'online_coupon' or one_sided.open_stores > 0)

)

select * from final
