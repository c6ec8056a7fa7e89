with

source as (

    select * from {{ source('eshop', 'loyalty_events') }}

),

newest as (

    {{ newest_version('source', key=['event_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        event_id,
        customer_id,
        event_type,
        programme_code,
        points,
        payment_id,
        referred_customer_id,
        expires_on,
        counts_for_tier,
        reason,
        occurred_at,
        updated_at,
        deleted_at,
        _known_at as known_at
    from newest

)

select * from final
