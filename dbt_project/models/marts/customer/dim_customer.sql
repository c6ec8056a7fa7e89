with

record_map as (

    select * from {{ ref('customer_record_map') }}

),

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

mapped_records as (

    select
        record_map.customer_id,
        record_map.customer_record_key,
        record_map.record_type,
        record_map.first_seen_date,
        record_map.is_deleted,
        nullif(trim(records.country_code), '') as country_code,
        nullif(trim(records.language_code), '') as language_code,
        records.created_at,
        -- What a customer has registered says more than what was typed at one checkout or survey.
        case
            when record_map.record_type in ('eshop_account', 'loyalty_card') then 1
            else 2
        end as trust
    from record_map
    inner join records
        on record_map.customer_record_key = records.customer_record_key

),

ranked_countries as (

    select
        customer_id,
        country_code,
        row_number() over (
            partition by customer_id
            order by trust asc, created_at desc, customer_record_key asc
        ) as preference
    from mapped_records
    where country_code is not null

),

ranked_languages as (

    select
        customer_id,
        language_code,
        row_number() over (
            partition by customer_id
            order by trust asc, created_at desc, customer_record_key asc
        ) as preference
    from mapped_records
    where language_code is not null

),

customers as (

    select
        customer_id,
        min(first_seen_date) as first_seen_date,
        count(*) as record_count,
        max(case when record_type in ('eshop_account', 'eshop_guest') then 1 else 0 end) = 1
            as has_online,
        max(case when record_type = 'loyalty_card' then 1 else 0 end) = 1 as has_store,
        max(case when record_type in ('survey_respondent', 'review_author') then 1 else 0 end) = 1
            as has_feedback,
        min(case when is_deleted then 1 else 0 end) = 1 as is_deleted
    from mapped_records
    group by customer_id

),

first_orders as (

    select
        customer_id,
        order_date as first_order_date,
        channel as first_channel
    from orders
    where order_sequence = 1 and customer_id is not null

),

final as (

    select
        customers.customer_id,
        ranked_countries.country_code,
        ranked_languages.language_code,
        first_orders.first_channel,
        members.customer_id is not null as is_member,
        customers.has_online,
        customers.has_store,
        customers.has_feedback,
        customers.is_deleted,
        case when customers.has_online then 1 else 0 end
        + case when customers.has_store then 1 else 0 end as channel_count,
        customers.record_count,
        customers.first_seen_date,
        members.member_since as member_since_date,
        first_orders.first_order_date
    from customers
    left join ranked_countries
        on
            customers.customer_id = ranked_countries.customer_id
            and ranked_countries.preference = 1
    left join ranked_languages
        on
            customers.customer_id = ranked_languages.customer_id
            and ranked_languages.preference = 1
    left join first_orders
        on customers.customer_id = first_orders.customer_id
    left join members
        on customers.customer_id = members.customer_id

)

select * from final
