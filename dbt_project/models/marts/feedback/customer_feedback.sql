with

order_signals as (

    select * from {{ ref('order_feedback') }}

),

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

texts as (

    select * from {{ ref('fct_feedback_text') }}

),

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

disputes as (

    select * from {{ ref('fct_dispute') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

-- Everything that a person said, also when it names no order.
said as (

    select
        customer_id,
        answer_date as said_date
    from answers
    where score is not null

    union all

    select
        customer_id,
        published_date as said_date
    from reviews

    union all

    select
        customer_id,
        text_date as said_date
    from texts

    union all

    select
        customer_id,
        opened_date as said_date
    from tickets

    union all

    select
        customer_id,
        opened_date as said_date
    from disputes

    union all

    select
        customer_id,
        order_date as said_date
    from order_signals

),

people as (

    select
        customer_id,
        max(said_date) as last_signal_date
    from said
    where customer_id is not null
    group by customer_id

),

nps_answers as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by answered_at desc, answer_key desc
        ) as recency_rank,
        count(*) over (partition by customer_id) as nps_answers
    from answers
    where nps_group is not null and customer_id is not null

),

latest_answers as (

    select * from nps_answers
    where recency_rank = 1

),

own_reviews as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by published_at desc, review_key desc
        ) as recency_rank,
        count(*) over (partition by customer_id) as reviews
    from reviews
    where customer_id is not null

),

latest_reviews as (

    select * from own_reviews
    where recency_rank = 1

),

own_texts as (

    select
        customer_id,
        count(*) as texts,
        sum(case when sentiment = 'negative' then 1 else 0 end) as negative_texts
    from texts
    where customer_id is not null
    group by customer_id

),

own_tickets as (

    select
        customer_id,
        count(*) as tickets,
        sum(case when is_open then 1 else 0 end) as open_tickets
    from tickets
    where customer_id is not null and not is_follow_up
    group by customer_id

),

own_disputes as (

    select
        customer_id,
        count(*) as disputes,
        sum(case when is_open then 1 else 0 end) as open_disputes
    from disputes
    where customer_id is not null
    group by customer_id

),

own_orders as (

    select
        customer_id,
        sum(case when not is_promise_kept then 1 else 0 end) as late_orders,
        sum(case when returned_share > 0 then 1 else 0 end) as returned_orders,
        sum(case when is_fully_returned then 1 else 0 end) as fully_returned_orders,
        sum(case when contradictions is not null then 1 else 0 end) as contradictory_orders
    from order_signals
    where customer_id is not null
    group by customer_id

),

final as (

    select
        people.customer_id,
        cast(latest_answers.score as integer) as latest_nps_score,
        latest_answers.nps_group as latest_nps_group,
        latest_reviews.rating_index as latest_rating_index,
        cast(coalesce(latest_answers.nps_answers, 0) as bigint) as nps_answers,
        cast(coalesce(latest_reviews.reviews, 0) as bigint) as reviews,
        cast(coalesce(own_texts.texts, 0) as bigint) as texts,
        cast(coalesce(own_texts.negative_texts, 0) as bigint) as negative_texts,
        cast(coalesce(own_tickets.tickets, 0) as bigint) as tickets,
        cast(coalesce(own_tickets.open_tickets, 0) as bigint) as open_tickets,
        cast(coalesce(own_disputes.disputes, 0) as bigint) as disputes,
        cast(coalesce(own_disputes.open_disputes, 0) as bigint) as open_disputes,
        cast(coalesce(own_orders.late_orders, 0) as bigint) as late_orders,
        cast(coalesce(own_orders.returned_orders, 0) as bigint) as returned_orders,
        cast(coalesce(own_orders.fully_returned_orders, 0) as bigint) as fully_returned_orders,
        cast(coalesce(own_orders.contradictory_orders, 0) as bigint) as contradictory_orders,
        case
            when
                latest_answers.nps_group = 'promoter'
                and latest_reviews.rating_index <= settings.negative_rating_index
                then 'promoter_gave_bad_review'
        end as contradiction,
        latest_answers.answer_date as latest_nps_date,
        latest_reviews.published_date as latest_review_date,
        people.last_signal_date
    from people
    cross join settings
    left join latest_answers
        on people.customer_id = latest_answers.customer_id
    left join latest_reviews
        on people.customer_id = latest_reviews.customer_id
    left join own_texts
        on people.customer_id = own_texts.customer_id
    left join own_tickets
        on people.customer_id = own_tickets.customer_id
    left join own_disputes
        on people.customer_id = own_disputes.customer_id
    left join own_orders
        on people.customer_id = own_orders.customer_id

)

select * from final
