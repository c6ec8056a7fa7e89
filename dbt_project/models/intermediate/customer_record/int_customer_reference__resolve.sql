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

orders as (

    select * from {{ ref('int_customer_reference__attribute') }}

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

final as (

    select
        feedback.customer_record_key,
        orders.customer_record_key as referenced_record_key,
        orders.country_code
    from feedback
    inner join orders
        on feedback.source_order_id = orders.source_order_id

)

select * from final
