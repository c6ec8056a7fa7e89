with

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

given as (

    select * from {{ ref('fct_survey_answer') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

),

staged_reviews as (

    select * from {{ ref('stg_survey__reviews') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

staged_tickets as (

    select * from {{ ref('stg_service__tickets') }}

),

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

-- A choice out of a list is an answer in words too, and none of the respondent's own.
survey_texts as (

    select
        given.answer_key as feedback_key,
        'survey' as feedback_kind,
        given.customer_id,
        responses.order_key,
        responses.store_key,
        cast(null as {{ dbt.type_string() }}) as product_key,
        responses.language_code as stated_language_code,
        given.answer_date as text_date,
        answers.answer_text as raw_text
    from given
    inner join responses
        on given.response_key = responses.response_key
    inner join answers
        on
            given.answer_key = {{ source_key(
                'answers.source_system', ['answers.response_id', 'answers.question_id']
            ) }}
    where
        given.has_text
        and given.score is null
        and coalesce(given.metric, 'text') = 'text'

),

-- The title speaks where there is no text: many shops offer titles ready-made.
review_texts as (

    select
        reviews.review_key as feedback_key,
        'review' as feedback_kind,
        reviews.customer_id,
        reviews.order_key,
        reviews.store_key,
        reviews.product_key,
        reviews.language_code as stated_language_code,
        reviews.published_date as text_date,
        coalesce(nullif(trim(staged_reviews.body), ''), staged_reviews.title) as raw_text
    from reviews
    inner join staged_reviews
        on
            reviews.review_key
            = {{ source_key('staged_reviews.source_system', ['staged_reviews.review_id']) }}

),

ticket_texts as (

    select
        tickets.ticket_key as feedback_key,
        'ticket' as feedback_kind,
        tickets.customer_id,
        tickets.order_key,
        tickets.store_key,
        tickets.product_key,
        tickets.language_code as stated_language_code,
        tickets.opened_date as text_date,
        staged_tickets.words as raw_text
    from tickets
    inner join staged_tickets
        on
            tickets.ticket_key
            = {{ source_key('staged_tickets.source_system', ['staged_tickets.ticket_id']) }}

),

texts as (

    select * from survey_texts
    union all
    select * from review_texts
    union all
    select * from ticket_texts

),

-- What is said about an order of one product is said about that product.
only_products as (

    select
        order_key,
        min(product_key) as product_key
    from order_lines
    where not is_gift_card
    group by order_key
    having count(distinct product_key) = 1

),

final as (

    select
        texts.feedback_key,
        texts.feedback_kind,
        texts.customer_id,
        texts.order_key,
        texts.store_key,
        coalesce(texts.product_key, only_products.product_key) as product_key,
        lower(texts.stated_language_code) as stated_language_code,
        texts.text_date,
        lower(texts.raw_text) as lower_text,
        {{ fold_words('texts.raw_text') }} as folded_text
    from texts
    left join only_products
        on texts.order_key = only_products.order_key
    where trim(texts.raw_text) <> ''

)

select * from final
