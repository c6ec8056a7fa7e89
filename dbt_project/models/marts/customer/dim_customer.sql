with

record_map as (

    select * from {{ ref('customer_record_map') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

golden as (

    select * from {{ ref('customer_golden_attribute') }}
    where attribute in ('country_code', 'language_code')

),

members as (

    select
        customer_id,
        min(member_since) as member_since
    from {{ ref('int_loyalty_member__resolve') }}
    group by customer_id

),

-- What holds now; of a customer whose records are all deleted, what they said last.
newest_golden as (

    select
        customer_id,
        attribute,
        attribute_value,
        row_number() over (partition by customer_id, attribute order by valid_from desc) as recency
    from golden

),

described as (

    select
        customer_id,
        max(case when attribute = 'country_code' then attribute_value end) as country_code,
        max(case when attribute = 'language_code' then attribute_value end) as language_code
    from newest_golden
    where recency = 1
    group by customer_id

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
    from record_map
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
        described.country_code,
        described.language_code,
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
    left join described
        on customers.customer_id = described.customer_id
    left join first_orders
        on customers.customer_id = first_orders.customer_id
    left join members
        on customers.customer_id = members.customer_id

)

select * from final
