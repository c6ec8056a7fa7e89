with

tickets as (

    select * from {{ ref('stg_service__tickets') }}

),

customer_records as (

    select * from {{ ref('customer_record_map') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

product_references as (

    select * from {{ ref('int_product_reference__resolve') }}

),

store_references as (

    select * from {{ ref('int_store_reference__resolve') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

response_keys as (

    select * from {{ ref('int_response_reference__resolve') }}

),

review_keys as (

    select * from {{ ref('int_review_reference__resolve') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

dated as (

    select
        *,
        {{ customer_record_key('source_system', "'support_requester'", 'ticket_id') }}
            as customer_record_key,
        {{ business_date('opened_at') }} as opened_date,
        case
            when {{ business_date('first_replied_at') }} <= {{ as_of_date() }} then first_replied_at
        end as replied_at,
        case when {{ business_date('resolved_at') }} <= {{ as_of_date() }} then resolved_at end
            as closed_at
    from tickets
    where
        {{ business_date('opened_at') }} <= {{ as_of_date() }}
        and (deleted_at is null or {{ business_date('deleted_at') }} > {{ as_of_date() }})

),

final as (

    select
        {{ source_key('dated.source_system', ['dated.ticket_id']) }} as ticket_key,
        dated.customer_record_key,
        customer_records.customer_id,
        orders.order_key,
        product_references.product_key,
        coalesce(store_references.store_key, orders.store_key) as store_key,
        response_keys.response_key,
        review_keys.review_key,
        dated.source_system,
        dated.ticket_channel,
        dated.topic,
        dated.language_code,
        dated.response_id is not null or dated.review_id is not null as is_follow_up,
        dated.closed_at is null as is_open,
        coalesce(
            dated.replied_at >= dated.opened_at
            and {{ hours_between('dated.opened_at', 'dated.replied_at') }}
            <= settings.response_target_hours,
            false
        ) as is_replied_in_time,
        case
            when dated.replied_at >= dated.opened_at
                then {{ hours_between('dated.opened_at', 'dated.replied_at') }}
        end as hours_to_first_reply,
        case
            when dated.closed_at >= dated.opened_at
                then {{ hours_between('dated.opened_at', 'dated.closed_at') }}
        end as hours_to_resolution,
        dated.opened_at,
        dated.opened_date,
        dated.replied_at as first_replied_at,
        dated.closed_at as resolved_at
    from dated
    cross join settings
    left join customer_records
        on dated.customer_record_key = customer_records.customer_record_key
    left join order_references
        on dated.order_id = order_references.source_order_id
    left join orders
        on order_references.order_key = orders.order_key
    left join product_references
        on dated.product_id = product_references.product_reference
    left join store_references
        on dated.store_id = store_references.store_reference
    left join response_keys
        on dated.response_id = response_keys.response_reference
    left join review_keys
        on dated.review_id = review_keys.review_reference

)

select * from final
