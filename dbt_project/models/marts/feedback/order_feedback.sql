with

orders as (

    select * from {{ ref('fct_order') }}

),

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

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

deliveries as (

    select * from {{ ref('int_order_delivery__summarise') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

order_answers as (

    select
        responses.order_key,
        answers.*
    from answers
    inner join responses
        on answers.response_key = responses.response_key
    where responses.order_key is not null and answers.score is not null

),

-- An order may be asked about more than once: its newest score is what the buyer thinks now.
ranked_answers as (

    select
        *,
        row_number() over (
            partition by order_key, metric
            order by answered_at desc, answer_key desc
        ) as recency_rank
    from order_answers

),

answered as (

    select
        order_key,
        count(*) as answers,
        max(case when metric = 'nps' and recency_rank = 1 then score end) as nps_score,
        max(case when metric = 'nps' and recency_rank = 1 then nps_group end) as nps_group,
        max(case when metric = 'csat' and recency_rank = 1 then score_index end) as csat_index,
        max(case when metric = 'ces' and recency_rank = 1 then score_index end) as ces_index
    from ranked_answers
    group by order_key

),

reviewed as (

    select
        reviews.order_key,
        count(*) as reviews,
        min(reviews.rating_index) as lowest_rating_index,
        max(reviews.rating_index) as highest_rating_index,
        max(
            case
                when
                    texts.sentiment = 'negative'
                    and reviews.rating_index >= settings.top_rating_index
                    then 1
                else 0
            end
        ) as has_contrary_words,
        max(
            case
                when
                    deliveries.promised_at is not null
                    and (
                        deliveries.delivered_at is null
                        or reviews.published_at < deliveries.delivered_at
                    )
                    then 1
                else 0
            end
        ) as has_early_review
    from reviews
    cross join settings
    left join texts
        on reviews.review_key = texts.feedback_text_key
    left join deliveries
        on reviews.order_key = deliveries.order_key
    where reviews.order_key is not null
    group by reviews.order_key

),

worded as (

    select
        order_key,
        count(*) as texts,
        sum(case when sentiment = 'negative' then 1 else 0 end) as negative_texts
    from texts
    where order_key is not null
    group by order_key

),

helped as (

    select
        tickets.order_key,
        count(*) as tickets,
        sum(case when tickets.is_open then 1 else 0 end) as open_tickets,
        sum(
            case
                when
                    tickets.is_open
                    and {{ day_difference('tickets.opened_date', as_of_date()) }}
                    >= settings.open_ticket_days
                    then 1
                else 0
            end
        ) as waiting_tickets,
        max(tickets.hours_to_first_reply) as slowest_first_reply_hours
    from tickets
    cross join settings
    where tickets.order_key is not null and not tickets.is_follow_up
    group by tickets.order_key

),

disputed as (

    select
        order_key,
        count(*) as disputes,
        sum(case when is_open then 1 else 0 end) as open_disputes
    from disputes
    where order_key is not null
    group by order_key

),

signals as (

    select
        orders.order_key,
        orders.customer_id,
        orders.channel,
        orders.store_key,
        orders.country_code,
        orders.order_date,
        coalesce(answered.answers, 0) as answers,
        answered.nps_score,
        answered.nps_group,
        answered.csat_index,
        answered.ces_index,
        coalesce(reviewed.reviews, 0) as reviews,
        reviewed.lowest_rating_index,
        reviewed.highest_rating_index,
        coalesce(worded.texts, 0) as texts,
        coalesce(worded.negative_texts, 0) as negative_texts,
        coalesce(helped.tickets, 0) as tickets,
        coalesce(helped.open_tickets, 0) as open_tickets,
        helped.slowest_first_reply_hours,
        coalesce(disputed.disputes, 0) as disputes,
        coalesce(disputed.open_disputes, 0) as open_disputes,
        {{ share('orders.returned_amount', 'orders.gross_amount - orders.discount_amount') }}
            as returned_share,
        orders.returned_amount > 0
        and orders.returned_amount >= orders.gross_amount - orders.discount_amount
            as is_fully_returned,
        deliveries.promised_date,
        deliveries.delivered_date,
        deliveries.is_promise_kept,
        coalesce(reviewed.highest_rating_index >= settings.top_rating_index, false)
            as has_top_rating,
        coalesce(reviewed.has_contrary_words, 0) = 1 as has_contrary_words,
        coalesce(reviewed.has_early_review, 0) = 1 as has_early_review,
        coalesce(helped.waiting_tickets, 0) > 0 as has_waiting_ticket
    from orders
    cross join settings
    left join answered
        on orders.order_key = answered.order_key
    left join reviewed
        on orders.order_key = reviewed.order_key
    left join worded
        on orders.order_key = worded.order_key
    left join helped
        on orders.order_key = helped.order_key
    left join disputed
        on orders.order_key = disputed.order_key
    left join deliveries
        on orders.order_key = deliveries.order_key

),

spoken as (

    select
        *,
        nps_group = 'promoter' as is_promoter
    from signals
    where
        answers + reviews + texts + tickets + disputes > 0
        or returned_share > 0
        or not is_promise_kept

),

final as (

    select
        order_key,
        customer_id,
        channel,
        store_key,
        country_code,
        cast(nps_score as integer) as nps_score,
        nps_group,
        csat_index,
        ces_index,
        lowest_rating_index,
        highest_rating_index,
        cast(answers as bigint) as answers,
        cast(reviews as bigint) as reviews,
        cast(texts as bigint) as texts,
        cast(negative_texts as bigint) as negative_texts,
        cast(tickets as bigint) as tickets,
        cast(open_tickets as bigint) as open_tickets,
        slowest_first_reply_hours,
        cast(disputes as bigint) as disputes,
        cast(open_disputes as bigint) as open_disputes,
        returned_share,
        is_fully_returned,
        is_promise_kept,
        nullif(
            concat_ws(
                ', ',
                case when is_promoter and is_fully_returned then 'promoter_returned_everything' end,
                case
                    when has_top_rating and open_disputes > 0
                        then 'top_rating_beside_open_dispute'
                end,
                case
                    when is_promoter and open_disputes > 0 then 'promoter_beside_open_dispute'
                end,
                case when has_contrary_words then 'top_rating_with_negative_words' end,
                case when is_promoter and has_waiting_ticket then 'promoter_with_open_ticket' end,
                case when has_early_review then 'rated_before_delivery' end
            ),
            ''
        ) as contradictions,
        order_date,
        promised_date,
        delivered_date
    from spoken

)

select * from final
