with

shop_events as (

    select * from {{ ref('stg_eshop__loyalty_events') }}

),

till_events as (

    select * from {{ ref('stg_pos__loyalty_events') }}

),

unified as (

    select
        source_system,
        event_id,
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key,
        event_type,
        programme_code,
        points,
        payment_id,
        expires_on,
        counts_for_tier,
        reason,
        occurred_at,
        deleted_at,
        known_at
    from shop_events

    union all

    select
        source_system,
        event_id,
        {{ customer_record_key('source_system', "'loyalty_card'", 'card_number') }}
            as customer_record_key,
        event_type,
        programme_code,
        points,
        payment_id,
        expires_on,
        counts_for_tier,
        reason,
        occurred_at,
        deleted_at,
        known_at
    from till_events

),

dated as (

    select
        *,
        {{ business_date('occurred_at') }} as event_date,
        {{ business_date('deleted_at') }} as deleted_date
    from unified

),

final as (

    select
        {{ source_key('source_system', ['event_id']) }} as loyalty_event_key,
        source_system,
        customer_record_key,
        event_type,
        programme_code,
        points,
        case
            when payment_id is not null
                then {{ source_key('source_system', ['payment_id']) }}
        end as payment_key,
        expires_on,
        coalesce(counts_for_tier, false) as counts_for_tier,
        reason,
        occurred_at,
        event_date,
        known_at
    from dated
    where
        event_date <= {{ as_of_date() }}
        and coalesce(deleted_date > {{ as_of_date() }}, true)

)

select * from final
