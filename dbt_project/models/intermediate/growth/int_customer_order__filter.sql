with

orders as (

    select * from {{ ref('fct_order') }}

),

final as (

    select
        order_key,
        customer_id,
        channel,
        order_sequence,
        order_date,
        ordered_at,
        net_amount_reporting,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as order_month
    from orders
    where
        is_valid_order
        and customer_id is not null

)

select * from final
