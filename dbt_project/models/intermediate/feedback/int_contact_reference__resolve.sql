with

accounts as (

    select * from {{ ref('stg_eshop__customers') }}

),

cards as (

    select * from {{ ref('stg_pos__loyalty_cards') }}

),

emails as (

    select * from {{ ref('int_customer_email__standardise') }}

),

customer_records as (

    select * from {{ ref('customer_record_map') }}

),

-- Names under which a help desk or a mail tool knows a person.
contacts as (

    select
        'account' as contact_kind,
        customer_id as contact,
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key
    from accounts

    union all

    select
        'card' as contact_kind,
        card_number as contact,
        {{ customer_record_key('source_system', "'loyalty_card'", 'card_number') }}
            as customer_record_key
    from cards

    union all

    select
        'email' as contact_kind,
        lower(trim(raw_value)) as contact,
        customer_record_key
    from emails
    where email is not null

),

-- What two people share (a family's address) points to neither.
final as (

    select
        contacts.contact_kind,
        contacts.contact,
        min(customer_records.customer_id) as customer_id
    from contacts
    inner join customer_records
        on contacts.customer_record_key = customer_records.customer_record_key
    where customer_records.customer_id is not null and contacts.contact is not null
    group by contacts.contact_kind, contacts.contact
    having min(customer_records.customer_id) = max(customer_records.customer_id)

)

select * from final
