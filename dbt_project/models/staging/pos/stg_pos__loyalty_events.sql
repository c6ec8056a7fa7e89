with

source as (

    select * from {{ source('pos', 'loyalty_events') }}

),

newest as (

    {{ newest_version('source', key=['event_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        event_id,
        card_number,
        event_type,
        programme_code,
        points,
        payment_id,
        referred_card_number,
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
