with

orders as (

    select * from {{ ref('fct_order') }}
    where
        is_valid_order
        and subscription_id is not null

),

settings as (

    select * from {{ ref('subscription_setting') }}

),

neighbours as (

    select
        {{ source_key('source_system', ['subscription_id']) }} as subscription_key,
        customer_id,
        order_key,
        order_date,
        net_amount_reporting,
        lag(order_date) over (
            partition by source_system, subscription_id
            order by order_date, order_key
        ) as previous_order_date
    from orders

),

gaps as (

    select
        *,
        {{ day_difference('previous_order_date', 'order_date') }} as gap_days
    from neighbours

),

-- The customer is that of the newest order: a subscription may be handed on.
owners as (

    select
        subscription_key,
        customer_id,
        row_number() over (
            partition by subscription_key
            order by order_date desc, order_key desc
        ) as preference
    from neighbours

),

summed as (

    select
        subscription_key,
        count(*) as orders,
        sum(net_amount_reporting) as net_amount_reporting,
        cast(round(median(gap_days)) as integer) as usual_gap_days,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from gaps
    group by subscription_key

),

dated as (

    select
        summed.*,
        owners.customer_id,
        settings.grace_days,
        settings.ended_after_gaps,
        {{ add_days('summed.last_order_date', 'summed.usual_gap_days') }} as due_date,
        {{ day_difference('summed.last_order_date', as_of_date()) }} as days_since_last_order
    from summed
    cross join settings
    inner join owners
        on
            summed.subscription_key = owners.subscription_key
            and owners.preference = 1

),

final as (

    select
        subscription_key,
        customer_id,
        case
            when usual_gap_days is null then 'new'
            when {{ add_days('due_date', 'grace_days') }} >= {{ as_of_date() }} then 'active'
            when days_since_last_order > ended_after_gaps * usual_gap_days + grace_days then 'ended'
            else 'late'
        end as subscription_status,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        orders,
        cast(net_amount_reporting as decimal(18, 4)) as net_amount_reporting,
        usual_gap_days,
        days_since_last_order,
        first_order_date,
        last_order_date,
        due_date,
        {{ as_of_date() }} as as_of_date
    from dated

)

select * from final
