with

messages as (

    select * from {{ ref('stg_service__messages') }}

),

contacts as (

    select * from {{ ref('int_contact_reference__resolve') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

dated as (

    select
        *,
        {{ business_date('sent_at') }} as sent_date
    from messages
    where {{ business_date('sent_at') }} <= {{ as_of_date() }}

),

-- An opened or clicked message has arrived, whatever the tool says.
final as (

    select
        {{ source_key('dated.source_system', ['dated.message_id']) }} as message_key,
        coalesce(
            by_account.customer_id, by_card.customer_id, orders.customer_id, by_email.customer_id
        ) as customer_id,
        orders.order_key,
        dated.source_system,
        dated.message_type,
        dated.message_channel,
        dated.campaign,
        coalesce(dated.opened_at, dated.clicked_at, dated.machine_opened_at) is not null
        or dated.bounced_at is null as is_delivered,
        coalesce(coalesce(dated.opened_at, dated.clicked_at) < {{ as_of_end() }}, false)
            as is_opened,
        coalesce(
            dated.machine_opened_at < {{ as_of_end() }}
            and (
                coalesce(dated.opened_at, dated.clicked_at) is null
                or coalesce(dated.opened_at, dated.clicked_at) >= {{ as_of_end() }}
            ),
            false
        ) as is_machine_opened,
        coalesce(dated.clicked_at < {{ as_of_end() }}, false) as is_clicked,
        coalesce(dated.unsubscribed_at < {{ as_of_end() }}, false) as is_unsubscribed,
        dated.sent_at,
        dated.sent_date
    from dated
    left join order_references
        on dated.order_id = order_references.source_order_id
    left join orders
        on order_references.order_key = orders.order_key
    {{ join_contacts('dated', 'contacts', ['account', 'card', 'email']) }}

)

select * from final
