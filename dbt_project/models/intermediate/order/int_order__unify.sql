with

eshop_orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

sales as (

    select * from {{ ref('stg_pos__sales') }}

),

stores as (

    select * from {{ ref('stg_pos__stores') }}

),

online as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        source_system,
        order_id as source_order_id,
        -- A web shop's own tills are stores: Shopify, for one, has both in one list.
        case when sales_channel = 'pos' then 'store' else 'online' end as channel,
        coalesce(sales_channel, 'web') as sales_channel,
        cast(null as string) as store_key,
        {{ online_buyer_key() }} as customer_record_key,
        -- As of a day before it was called off, the order was a sale.
        case
            when
                status = 'cancelled'
                and {{ business_date('cancelled_at') }} > {{ as_of_date() }}
                then 'paid'
            else status
        end as order_status,
        coalesce(is_test, false) as is_test,
        deleted_at,
        ordered_at,
        currency_code,
        coalesce(prices_include_tax, true) as prices_include_tax,
        discount_amount as header_discount_amount,
        coalesce(shipping_amount, 0) as shipping_amount,
        tax_amount,
        total_amount as header_total_amount,
        subscription_id,
        country_code,
        updated_at,
        known_at
    from eshop_orders

),

in_store as (

    select
        {{ source_key('sales.source_system', ['sales.sale_id']) }} as order_key,
        sales.source_system,
        sales.sale_id as source_order_id,
        'store' as channel,
        'store' as sales_channel,
        {{ source_key('sales.source_system', ['sales.store_id']) }} as store_key,
        {{ card_shown_key('sales') }} as customer_record_key,
        sales.status as order_status,
        coalesce(sales.is_test, false) as is_test,
        sales.deleted_at,
        sales.sold_at as ordered_at,
        sales.currency_code,
        coalesce(sales.prices_include_tax, true) as prices_include_tax,
        sales.discount_amount as header_discount_amount,
        cast(0 as decimal(18, 4)) as shipping_amount,
        sales.tax_amount,
        sales.total_amount as header_total_amount,
        cast(null as string) as subscription_id,
        stores.country_code,
        sales.updated_at,
        sales.known_at
    from sales
    left join stores
        on
            sales.source_system = stores.source_system
            and sales.store_id = stores.store_id

),

unified as (

    select * from online
    union all
    select * from in_store

),

dated as (

    select
        *,
        {{ business_date('ordered_at') }} as order_date,
        {{ business_date('deleted_at') }} as deleted_date
    from unified

),

final as (

    select
        order_key,
        source_system,
        source_order_id,
        channel,
        sales_channel,
        store_key,
        customer_record_key,
        order_status,
        is_test,
        coalesce(deleted_date <= {{ as_of_date() }}, false) as is_deleted,
        ordered_at,
        order_date,
        currency_code,
        prices_include_tax,
        header_discount_amount,
        cast(shipping_amount as decimal(18, 4)) as shipping_amount,
        tax_amount,
        header_total_amount,
        subscription_id,
        country_code,
        updated_at,
        known_at
    from dated
    where order_date <= {{ as_of_date() }}

)

select * from final
