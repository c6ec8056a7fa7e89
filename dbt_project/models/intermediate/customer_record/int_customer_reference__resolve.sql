with

responses as (

    select * from {{ ref('stg_survey__responses') }}

),

invites as (

    select * from {{ ref('stg_survey__invites') }}

),

reviews as (

    select * from {{ ref('stg_survey__reviews') }}

),

tickets as (

    select * from {{ ref('stg_service__tickets') }}

),

orders as (

    select * from {{ ref('int_customer_reference__attribute') }}

),

accounts as (

    select * from {{ ref('int_customer_reference__account') }}

),

response_references as (

    select
        {{ customer_record_key(
            'responses.source_system', "'survey_respondent'", 'responses.response_id'
        ) }}
            as customer_record_key,
        coalesce(responses.order_id, invites.order_id) as source_order_id
    from responses
    left join invites
        on
            responses.source_system = invites.source_system
            and responses.invite_id = invites.invite_id

),

review_references as (

    select
        {{ customer_record_key('source_system', "'review_author'", 'review_id') }}
            as customer_record_key,
        order_id as source_order_id
    from reviews

),

feedback as (

    select * from response_references
    union all
    select * from review_references

),

feedback_references as (

    select
        feedback.customer_record_key,
        orders.customer_record_key as referenced_record_key,
        orders.country_code
    from feedback
    inner join orders
        on feedback.source_order_id = orders.source_order_id

),

-- The requester's own account says more than the order, which may be somebody else's.
requester_references as (

    select
        {{ customer_record_key(
            'tickets.source_system', "'support_requester'", 'tickets.ticket_id'
        ) }}
            as customer_record_key,
        coalesce(accounts.customer_record_key, orders.customer_record_key) as referenced_record_key,
        coalesce(accounts.country_code, orders.country_code) as country_code
    from tickets
    left join accounts
        on tickets.customer_id = accounts.account_id
    left join orders
        on tickets.order_id = orders.source_order_id
    where coalesce(accounts.account_id, orders.source_order_id) is not null

),

final as (

    select * from feedback_references
    union all
    select * from requester_references

)

select * from final
