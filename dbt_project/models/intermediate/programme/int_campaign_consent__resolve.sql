with

campaigns as (

    select * from {{ ref('campaign') }}

),

consents as (

    select * from {{ ref('customer_consent') }}

),

-- What held on the morning of the contact, and what holds now.
final as (

    select
        campaigns.campaign_code,
        consents.customer_id,
        max(
            case
                when
                    consents.valid_from < campaigns.contact_date
                    and (consents.valid_to is null or consents.valid_to >= campaigns.contact_date)
                    then case when consents.is_granted then 1 else 0 end
            end
        ) = 1 as is_granted_at_contact,
        max(
            case when consents.is_current then case when consents.is_granted then 1 else 0 end end
        ) = 1 as is_granted_now
    from campaigns
    inner join consents
        on
            campaigns.contact_channel = consents.consent_channel
            and consents.consent_purpose = {{ default_consent_purpose() }}
    where campaigns.contact_date <= {{ as_of_date() }}
    group by campaigns.campaign_code, consents.customer_id

)

select * from final
