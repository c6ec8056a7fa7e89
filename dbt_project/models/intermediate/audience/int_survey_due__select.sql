with

orders as (

    select * from {{ ref('fct_order') }}
    where
        is_valid_order
        and customer_id is not null

),

disputes as (

    select * from {{ ref('fct_dispute') }}
    where is_open

),

budgets as (

    select * from {{ ref('int_contact_budget__measure') }}

),

rules as (

    select * from {{ ref('audience') }}
    where audience_code = 'survey'

),

delivered as (

    select
        customer_id,
        order_key,
        order_date,
        order_sequence,
        case
            when channel = 'store' then order_date
            else {{ business_date('fulfilled_at') }}
        end as delivery_date
    from orders

),

due as (

    select
        delivered.*,
        budgets.last_asked_date,
        row_number() over (
            partition by delivered.customer_id
            order by delivered.order_sequence desc
        ) as preference
    from delivered
    cross join rules
    inner join budgets
        on delivered.customer_id = budgets.customer_id
    where
        {{ day_difference('delivered.delivery_date', as_of_date()) }}
        between rules.from_days and rules.to_days
        -- Who contests a payment is asked nothing.
        and not exists (
            select disputes.dispute_key
            from disputes
            where disputes.customer_id = delivered.customer_id
        )
        and (
            budgets.last_asked_date is null
            or {{ add_days('budgets.last_asked_date', 'rules.repeat_days') }} <= {{ as_of_date() }}
        )

),

final as (

    select
        'survey' as audience_code,
        customer_id,
        order_key,
        cast(null as string) as product_key,
        'Order of ' || cast(order_date as string) || ', delivered on '
        || cast(delivery_date as string)
        || case
            when last_asked_date is null then '; never asked before.'
            else '; last asked on ' || cast(last_asked_date as string) || '.'
        end as reason
    from due
    where preference = 1

)

select * from final
