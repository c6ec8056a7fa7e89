with

source as (

    {{ landed('service', 'messages') }}

),

newest as (

    {{ newest_version('source', key=['message_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        message_id,
        message_type,
        message_channel,
        campaign,
        email,
        phone,
        customer_id,
        card_number,
        order_id,
        sent_at,
        delivered_at,
        bounced_at,
        opened_at,
        machine_opened_at,
        clicked_at,
        unsubscribed_at,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
