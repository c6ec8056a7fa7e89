{{ config(schema='personal') }}

with

record_map as (

    select * from {{ ref('customer_record_map') }}

),

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

standardised as (

    select * from {{ ref('int_customer_record__standardise') }}

),

consents as (

    select * from {{ ref('stg_eshop__consents') }}

),

-- Verified before unverified, registered before typed once, newer before older.
mapped_records as (

    select
        record_map.customer_id,
        record_map.customer_record_key,
        case when standardised.email is not null then lower(trim(records.email)) end as email,
        standardised.phone,
        nullif(trim(coalesce(records.first_name, '') || ' ' || coalesce(records.last_name, '')), '')
            as full_name,
        row_number() over (
            partition by record_map.customer_id
            order by
                case when records.is_email_verified then 1 else 2 end asc,
                case
                    when record_map.record_type in ('eshop_account', 'loyalty_card') then 1
                    else 2
                end asc,
                records.created_at desc,
                record_map.customer_record_key asc
        ) as preference
    from record_map
    inner join records
        on record_map.customer_record_key = records.customer_record_key
    inner join standardised
        on record_map.customer_record_key = standardised.customer_record_key
    where not records.is_deleted

),

contacts as (

    select
        customer_id,
        min_by(email, preference) filter (where email is not null) as email,
        min_by(phone, preference) filter (where phone is not null) as phone,
        min_by(full_name, preference) filter (where full_name is not null) as full_name
    from mapped_records
    group by customer_id

),

newest_consents as (

    select
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key,
        consent_channel,
        is_granted,
        row_number() over (
            partition by source_system, customer_id, consent_channel
            order by changed_at desc
        ) as recency
    from consents
    where {{ business_date('changed_at') }} <= {{ as_of_date() }}

),

-- The strictest record wins: one that withdrew is not overruled by another that never did.
strictest_consents as (

    select
        record_map.customer_id,
        newest_consents.consent_channel,
        min(case when newest_consents.is_granted then 1 else 0 end) = 1 as is_granted
    from newest_consents
    inner join record_map
        on newest_consents.customer_record_key = record_map.customer_record_key
    where newest_consents.recency = 1
    group by record_map.customer_id, newest_consents.consent_channel

),

pivoted_consents as (

    select
        customer_id,
        bool_or(is_granted) filter (where consent_channel = 'email') as may_email,
        bool_or(is_granted) filter (where consent_channel = 'sms') as may_sms,
        bool_or(is_granted) filter (where consent_channel = 'phone') as may_phone,
        bool_or(is_granted) filter (where consent_channel = 'post') as may_post,
        bool_or(is_granted) filter (where consent_channel = 'push') as may_push
    from strictest_consents
    group by customer_id

),

final as (

    select
        contacts.customer_id,
        contacts.full_name,
        contacts.email,
        contacts.phone,
        pivoted_consents.may_email,
        pivoted_consents.may_sms,
        pivoted_consents.may_phone,
        pivoted_consents.may_post,
        pivoted_consents.may_push
    from contacts
    left join pivoted_consents
        on contacts.customer_id = pivoted_consents.customer_id

)

select * from final
