with

shipments as (

    select * from {{ ref('stg_eshop__shipments') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

keyed as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        shipment_status,
        promised_at,
        case when {{ business_date('shipped_at') }} <= {{ as_of_date() }} then shipped_at end
            as shipped_at,
        case when {{ business_date('delivered_at') }} <= {{ as_of_date() }} then delivered_at end
            as delivered_at
    from shipments

),

-- An order has arrived with the last of its parcels, and is due with the last promise.
summarised as (

    select
        order_key,
        count(*) as parcels,
        max(promised_at) as promised_at,
        min(shipped_at) as shipped_at,
        case when count(delivered_at) = count(*) then max(delivered_at) end as delivered_at
    from keyed
    group by order_key

),

final as (

    select
        summarised.order_key,
        summarised.parcels,
        orders.ordered_at,
        summarised.shipped_at,
        summarised.promised_at,
        summarised.delivered_at,
        {{ business_date('summarised.promised_at') }} as promised_date,
        {{ business_date('summarised.delivered_at') }} as delivered_date,
        -- The promised day is kept until it ends.
        case
            when summarised.promised_at is null then null
            when summarised.delivered_at is not null
                then
                    {{ business_date('summarised.delivered_at') }}
                    <= {{ business_date('summarised.promised_at') }}
            when {{ business_date('summarised.promised_at') }} < {{ as_of_date() }} then false
        end as is_promise_kept
    from summarised
    inner join orders
        on summarised.order_key = orders.order_key

)

select * from final
