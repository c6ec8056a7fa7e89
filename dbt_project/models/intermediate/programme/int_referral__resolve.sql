with

till_events as (

    select * from {{ ref('stg_pos__loyalty_events') }}
    where event_type = 'referral'

),

shop_events as (

    select * from {{ ref('stg_eshop__loyalty_events') }}
    where event_type = 'referral'

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

unified as (

    select
        {{ source_key('source_system', ['event_id']) }} as loyalty_event_key,
        source_system,
        {{ customer_record_key('source_system', "'loyalty_card'", 'card_number') }}
            as referrer_record_key,
        {{ customer_record_key('source_system', "'loyalty_card'", 'referred_card_number') }}
            as referred_record_key,
        occurred_at,
        deleted_at
    from till_events

    union all

    select
        {{ source_key('source_system', ['event_id']) }} as loyalty_event_key,
        source_system,
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as referrer_record_key,
        {{ customer_record_key('source_system', "'eshop_account'", 'referred_customer_id') }}
            as referred_record_key,
        occurred_at,
        deleted_at
    from shop_events

),

final as (

    select
        unified.loyalty_event_key,
        unified.source_system,
        referrers.customer_id as referrer_customer_id,
        referred.customer_id as referred_customer_id,
        unified.occurred_at,
        {{ business_date('unified.occurred_at') }} as referred_date
    from unified
    left join record_map as referrers
        on unified.referrer_record_key = referrers.customer_record_key
    left join record_map as referred
        on unified.referred_record_key = referred.customer_record_key
    where
        {{ business_date('unified.occurred_at') }} <= {{ as_of_date() }}
        and coalesce({{ business_date('unified.deleted_at') }} > {{ as_of_date() }}, true)

)

select * from final
