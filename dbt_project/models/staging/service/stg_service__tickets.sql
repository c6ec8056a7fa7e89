with

source as (

    {{ landed('service', 'tickets') }}

),

newest as (

    {{ newest_version('source', key=['ticket_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        ticket_id,
        ticket_channel,
        topic,
        email,
        phone,
        requester_name,
        customer_id,
        card_number,
        order_id,
        product_id,
        store_id,
        response_id,
        review_id,
        words,
        language_code,
        opened_at,
        first_replied_at,
        resolved_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
