with

versions as (

    select * from {{ ref('int_customer_version__unify') }}

),

emails as (

    select * from {{ ref('int_customer_email__standardise') }}

),

phones as (

    select * from {{ ref('int_customer_phone__standardise') }}

),

standardised as (

    select * from {{ ref('int_customer_record__standardise') }}

),

{%- set texts = [
    'first_name', 'last_name', 'full_name', 'street', 'house_number', 'postcode', 'city',
] %}

trimmed as (

    select
        customer_version_key,
        {%- for column_name in texts %}
        nullif(trim({{ column_name }}), '') as {{ column_name }},
        {%- endfor %}
        nullif(upper(trim(country_code)), '') as country_code,
        nullif(lower(trim(language_code)), '') as language_code
    from versions

),

final as (

    select
        versions.customer_version_key,
        versions.customer_record_key,
        versions.source_system,
        versions.record_type,
        versions.stated_at,
        versions.valid_from,
        versions.valid_to,
        trimmed.first_name as given_name,
        trimmed.last_name as family_name,
        coalesce(
            trimmed.first_name || ' ' || trimmed.last_name,
            trimmed.first_name,
            trimmed.last_name,
            trimmed.full_name
        ) as full_name,
        emails.delivery_email as email,
        emails.email as canonical_email,
        phones.phone,
        -- Nobody has two dates of birth: what the record says now has always been so.
        cast(standardised.birth_date as string) as birth_date,
        standardised.gender,
        trimmed.street,
        trimmed.house_number,
        trimmed.postcode,
        trimmed.city,
        -- A country alone is no address.
        case
            when coalesce(trimmed.street, trimmed.postcode, trimmed.city) is not null
                then trimmed.country_code
        end as address_country_code,
        trimmed.country_code,
        trimmed.language_code,
        coalesce(versions.is_email_verified, false) as is_email_verified,
        coalesce(versions.is_phone_verified, false) as is_phone_verified,
        coalesce(versions.is_identity_checked, false) as is_identity_checked
    from versions
    inner join trimmed
        on versions.customer_version_key = trimmed.customer_version_key
    inner join standardised
        on versions.customer_record_key = standardised.customer_record_key
    left join emails
        on versions.customer_version_key = emails.customer_record_key
    left join phones
        on versions.customer_version_key = phones.customer_record_key

)

select * from final
