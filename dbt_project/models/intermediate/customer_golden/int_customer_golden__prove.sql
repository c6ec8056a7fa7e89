with

statements as (

    select * from {{ ref('int_customer_golden__gather') }}

),

orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

shipments as (

    select * from {{ ref('stg_eshop__shipments') }}

),

placed as (

    select
        {{ online_buyer_key() }} as customer_record_key,
        source_system,
        order_id,
        {{ business_date('ordered_at') }} as ordered_date
    from orders
    where deleted_at is null

),

arrivals as (

    select
        placed.customer_record_key,
        placed.ordered_date,
        {{ business_date('shipments.delivered_at') }} as delivered_date
    from placed
    inner join shipments
        on
            placed.source_system = shipments.source_system
            and placed.order_id = shipments.order_id
    where {{ business_date('shipments.delivered_at') }} <= {{ as_of_date() }}

),

-- A parcel that arrived proves the address that stood when it was ordered, from its arrival on.
final as (

    select
        statements.customer_record_key,
        statements.attribute_group,
        statements.valid_from,
        min(arrivals.delivered_date) as delivered_date
    from statements
    inner join arrivals
        on
            statements.customer_record_key = arrivals.customer_record_key
            and statements.valid_from <= arrivals.ordered_date
            and (statements.valid_to is null or statements.valid_to > arrivals.ordered_date)
    where statements.attribute_group = 'address'
    group by
        statements.customer_record_key, statements.attribute_group, statements.valid_from

)

select * from final
