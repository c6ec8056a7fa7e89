with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

-- Two receipts of one day are one visit, as for the cadence.
purchase_days as (

    select
        customer_id,
        order_date,
        sum(net_amount_reporting) as net_amount_reporting,
        min(order_date) over (partition by customer_id) as first_order_date
    from orders
    group by customer_id, order_date

),

summed as (

    select
        customer_id,
        first_order_date,
        max(order_date) as last_order_date,
        count(*) - 1 as repeat_purchases,
        sum(case when order_date > first_order_date then net_amount_reporting end)
            as repeat_net_amount_reporting
    from purchase_days
    group by customer_id, first_order_date

),

final as (

    select
        customer_id,
        cast(repeat_purchases as bigint) as repeat_purchases,
        {{ day_difference('first_order_date', 'last_order_date') }} as recency_days,
        {{ day_difference('first_order_date', as_of_date()) }} as age_days,
        case
            when repeat_purchases > 0
                then
                    cast(
                        round(cast(repeat_net_amount_reporting as double) / repeat_purchases, 4)
                        as decimal(18, 4)
                    )
        end as repeat_spend_reporting
    from summed

)

select * from final
