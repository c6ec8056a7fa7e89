with

campaigns as (

    select * from {{ ref('campaign') }}

),

consents as (

    select * from {{ ref('stg_eshop__consents') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

dated_consents as (

    select
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key,
        consent_channel,
        is_granted,
        changed_at,
        {{ business_date('changed_at') }} as changed_date
    from consents

),

-- What was known on the morning of the contact, and what is known now.
ranked as (

    select
        campaigns.campaign_code,
        dated_consents.customer_record_key,
        dated_consents.is_granted,
        dated_consents.changed_date < campaigns.contact_date as is_before_contact,
        row_number() over (
            partition by
                campaigns.campaign_code,
                dated_consents.customer_record_key,
                dated_consents.changed_date < campaigns.contact_date
            order by dated_consents.changed_at desc
        ) as recency
    from campaigns
    inner join dated_consents
        on campaigns.contact_channel = dated_consents.consent_channel
    where
        campaigns.contact_date <= {{ as_of_date() }}
        and dated_consents.changed_date <= {{ as_of_date() }}

),

of_records as (

    select
        campaign_code,
        customer_record_key,
        max(case when is_before_contact and is_granted then 1 else 0 end) as granted_at_contact,
        max(case when is_before_contact then 1 else 0 end) as known_at_contact,
        max(case when not is_before_contact and is_granted then 1 else 0 end) as granted_since,
        max(case when not is_before_contact then 1 else 0 end) as known_since
    from ranked
    where recency = 1
    group by campaign_code, customer_record_key

),

-- The strictest record of a customer wins, as in dim_customer_contact.
final as (

    select
        of_records.campaign_code,
        record_map.customer_id,
        min(case when of_records.known_at_contact = 1 then of_records.granted_at_contact end) = 1
            as is_granted_at_contact,
        min(
            case
                when of_records.known_since = 1 then of_records.granted_since
                else of_records.granted_at_contact
            end
        ) = 1 as is_granted_now
    from of_records
    inner join record_map
        on of_records.customer_record_key = record_map.customer_record_key
    group by of_records.campaign_code, record_map.customer_id

)

select * from final
