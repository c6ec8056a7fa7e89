select
    audiences.audience_key,
    audiences.contact_channel
from {{ ref('int_audience__allot') }} as audiences
left join {{ ref('customer_consent') }} as consents
    on
        audiences.customer_id = consents.customer_id
        and audiences.contact_channel = consents.consent_channel
        and consents.consent_purpose = {{ default_consent_purpose() }}
        and consents.is_current
        and consents.is_granted
where
    audiences.action = 'contact'
    and consents.customer_id is null
