{{ config(schema='personal') }}

with

record_map as (

    select * from {{ ref('customer_record_map') }}

),

golden as (

    select * from {{ ref('customer_golden_attribute') }}
    where is_current

),

consents as (

    select * from {{ ref('customer_consent') }}
    where is_current and consent_purpose = {{ default_consent_purpose() }}

),

customers as (

    select distinct customer_id
    from record_map
    where not is_deleted

),

{%- set attributes = [
    'full_name', 'given_name', 'family_name', 'email', 'phone', 'gender', 'street', 'house_number', 'postcode', 'city',
    'address_country_code', 'country_code', 'language_code',
] %}
{%- set channels = ['email', 'sms', 'phone', 'post', 'push'] %}

attributes as (

    select
        customer_id,
        {%- for attribute in attributes %}
        max(case when attribute = '{{ attribute }}' then attribute_value end) as {{ attribute }},
        {%- endfor %}
        max(case when attribute = 'birth_date' then cast(attribute_value as date) end)
            as birth_date,
        max(case when attribute = 'email' and evidence = 'verified' then 1 else 0 end) = 1
            as is_email_verified,
        max(case when attribute = 'phone' and evidence = 'verified' then 1 else 0 end) = 1
            as is_phone_verified
    from golden
    group by customer_id

),

permitted as (

    select
        {%- for channel in channels %}
        max(case when consent_channel = '{{ channel }}' then 1 else 0 end) = 1 as may_{{ channel }},
        {%- endfor %}
        customer_id
    from consents
    where is_granted
    group by customer_id

),

final as (

    select
        customers.customer_id,
        {%- for attribute in attributes %}
        attributes.{{ attribute }},
        {%- endfor %}
        {%- for channel in channels %}
        coalesce(permitted.may_{{ channel }}, false) as may_{{ channel }},
        {%- endfor %}
        attributes.birth_date,
        coalesce(attributes.is_email_verified, false) as is_email_verified,
        coalesce(attributes.is_phone_verified, false) as is_phone_verified
    from customers
    left join attributes
        on customers.customer_id = attributes.customer_id
    left join permitted
        on customers.customer_id = permitted.customer_id

)

select * from final
