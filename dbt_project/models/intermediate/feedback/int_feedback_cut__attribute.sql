with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

tiers as (

    select * from {{ ref('tier_history') }}

),

said as (

    select
        'answer' as feedback_kind,
        answers.answer_key as feedback_key,
        answers.survey_key as origin,
        answers.customer_id,
        responses.order_key,
        responses.channel,
        responses.place_store_key,
        responses.country_code,
        cast(null as {{ dbt.type_string() }}) as product_key,
        answers.answer_date as said_date
    from answers
    inner join responses
        on answers.response_key = responses.response_key
    where answers.score is not null

    union all

    select
        'review' as feedback_kind,
        review_key as feedback_key,
        coalesce(platform, source_system) as origin,
        customer_id,
        order_key,
        channel,
        place_store_key,
        country_code,
        product_key,
        published_date as said_date
    from reviews

),

order_groups as (

    select distinct
        order_key,
        category
    from order_lines
    where category is not null and not is_gift_card

),

cuts as (

    select
        feedback_kind,
        feedback_key,
        'all' as dimension,
        'all' as dimension_value
    from said

    union all

    select
        feedback_kind,
        feedback_key,
        case when feedback_kind = 'answer' then 'survey' else 'platform' end as dimension,
        origin as dimension_value
    from said

    union all

    select
        feedback_kind,
        feedback_key,
        'channel' as dimension,
        channel as dimension_value
    from said

    union all

    select
        feedback_kind,
        feedback_key,
        'store' as dimension,
        place_store_key as dimension_value
    from said

    union all

    select
        feedback_kind,
        feedback_key,
        'country' as dimension,
        country_code as dimension_value
    from said

    union all

    -- The tier of the day on which it was said.
    select
        said.feedback_kind,
        said.feedback_key,
        'tier' as dimension,
        tiers.programme_code || ':' || tiers.tier_code as dimension_value
    from said
    inner join tiers
        on
            said.customer_id = tiers.customer_id
            and said.said_date >= tiers.valid_from
            and (tiers.valid_to is null or said.said_date < tiers.valid_to)

    union all

    -- A review names a product; what is said about a whole order speaks of every group in it.
    select
        said.feedback_kind,
        said.feedback_key,
        'product_group' as dimension,
        coalesce(products.category, order_groups.category) as dimension_value
    from said
    left join products
        on said.product_key = products.product_key
    left join order_groups
        on
            said.product_key is null
            and said.order_key = order_groups.order_key

),

final as (

    select distinct
        feedback_kind,
        feedback_key,
        dimension,
        dimension_value
    from cuts
    where dimension_value is not null

)

select * from final
