with

responses as (

    select * from {{ ref('int_survey_response__unify') }}

),

answers as (

    select * from {{ ref('int_survey_answer__classify') }}

),

customer_records as (

    select * from {{ ref('customer_record_map') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

stores as (

    select * from {{ ref('dim_store') }}

),

answer_counts as (

    select
        response_key,
        count(*) as offered_answers,
        sum(case when answer_outcome = 'given' then 1 else 0 end) as given_answers,
        sum(case when answer_outcome = 'quarantined' then 1 else 0 end)
            as quarantined_answers
    from answers
    group by response_key

),

final as (

    select
        responses.response_key,
        responses.survey_key,
        responses.invite_key,
        responses.customer_record_key,
        customer_records.customer_id,
        responses.order_key,
        responses.store_key,
        coalesce(orders.store_key, responses.store_key) as place_store_key,
        responses.source_system,
        coalesce(orders.channel, case when responses.store_key is not null then 'store' end)
            as channel,
        coalesce(orders.country_code, stores.country_code) as country_code,
        responses.language_code,
        responses.is_complete,
        cast(coalesce(answer_counts.offered_answers, 0) as bigint) as offered_answers,
        cast(coalesce(answer_counts.given_answers, 0) as bigint) as given_answers,
        cast(coalesce(answer_counts.quarantined_answers, 0) as bigint)
            as quarantined_answers,
        responses.started_at,
        responses.submitted_at,
        responses.submitted_date
    from responses
    left join answer_counts
        on responses.response_key = answer_counts.response_key
    left join customer_records
        on responses.customer_record_key = customer_records.customer_record_key
    left join orders
        on responses.order_key = orders.order_key
    left join stores
        on coalesce(orders.store_key, responses.store_key) = stores.store_key

)

select * from final
