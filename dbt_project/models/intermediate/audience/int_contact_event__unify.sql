with

invites as (

    select * from {{ ref('stg_survey__invites') }}

),

exports as (

    select * from {{ ref('stg_contact__audience_exports') }}

),

messages as (

    select * from {{ ref('fct_message') }}

),

settings as (

    select * from {{ ref('contact_setting') }}

),

aliases as (

    select * from {{ ref('stg_identity__customer_id_alias') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

-- Of an address that several people have nobody knows who was written to, and all of them count.
people_of_addresses as (

    select distinct
        records.email,
        record_map.customer_id
    from records
    inner join record_map
        on records.customer_record_key = record_map.customer_record_key
    where records.email is not null

),

dated_invites as (

    select
        source_system,
        invite_id,
        order_id,
        lower(trim(email)) as email,
        {{ business_date('sent_at') }} as contact_date
    from invites

),

asked as (

    select
        dated_invites.source_system || ':' || dated_invites.invite_id as contact_id,
        coalesce(orders.customer_id, people_of_addresses.customer_id) as customer_id,
        dated_invites.contact_date
    from dated_invites
    left join order_references
        on dated_invites.order_id = order_references.source_order_id
    left join orders
        on order_references.order_key = orders.order_key
    left join people_of_addresses
        on
            dated_invites.email = people_of_addresses.email
            and orders.customer_id is null

),

exported as (

    select
        exports.audience_export_key as contact_id,
        exports.audience_code,
        exports.contact_date,
        coalesce(aliases.customer_id, exports.customer_id) as customer_id
    from exports
    left join aliases
        on exports.customer_id = aliases.former_customer_id

),

-- Whatever was really sent, by whichever tool, counts. What an export brought about is its contact.
sent as (

    select
        messages.customer_id,
        messages.message_key as contact_id,
        messages.message_type as contact_cause,
        messages.sent_date as contact_date
    from messages
    cross join settings
    where
        messages.customer_id is not null
        and messages.is_delivered
        and not exists (
            select exported.contact_id
            from exported
            where
                exported.customer_id = messages.customer_id
                and messages.message_type not in ('order_update', 'delay_notice')
                and messages.sent_date between exported.contact_date
                and {{ add_days('exported.contact_date', 'settings.export_sent_within_days') }}
        )

),

contacts as (

    select
        customer_id,
        contact_id,
        'survey_invite' as contact_cause,
        contact_date
    from asked
    where customer_id is not null
    union all
    select
        customer_id,
        contact_id,
        audience_code as contact_cause,
        contact_date
    from exported
    union all
    select
        customer_id,
        contact_id,
        contact_cause,
        contact_date
    from sent

),

final as (

    select
        customer_id,
        contact_id,
        contact_cause,
        contact_date
    from contacts
    where contact_date <= {{ as_of_date() }}

)

select * from final
