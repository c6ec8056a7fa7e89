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

orders as (

    select * from {{ ref('fct_order') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

stores as (

    select * from {{ ref('dim_store') }}

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
        responses.store_key,
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
        store_key,
        product_key,
        published_date as said_date
    from reviews

),

-- What is said about an order is said about where it was placed; else about the store named.
placed as (

    select
        said.*,
        orders.channel as order_channel,
        coalesce(orders.store_key, said.store_key) as place_key,
        orders.country_code as order_country_code
    from said
    left join orders
        on said.order_key = orders.order_key

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
    from placed

    union all

    select
        feedback_kind,
        feedback_key,
        case when feedback_kind = 'answer' then 'survey' else 'platform' end as dimension,
        origin as dimension_value
    from placed

    union all

    select
        feedback_kind,
        feedback_key,
        'channel' as dimension,
        coalesce(order_channel, case when place_key is not null then 'store' end)
            as dimension_value
    from placed

    union all

    select
        feedback_kind,
        feedback_key,
        'store' as dimension,
        place_key as dimension_value
    from placed

    union all

    select
        placed.feedback_kind,
        placed.feedback_key,
        'country' as dimension,
        coalesce(placed.order_country_code, stores.country_code) as dimension_value
    from placed
    left join stores
        on placed.place_key = stores.store_key

    union all

    -- The tier of the day on which it was said.
    select
        placed.feedback_kind,
        placed.feedback_key,
        'tier' as dimension,
        tiers.programme_code || ':' || tiers.tier_code as dimension_value
    from placed
    inner join tiers
        on
            placed.customer_id = tiers.customer_id
            and placed.said_date >= tiers.valid_from
            and (tiers.valid_to is null or placed.said_date < tiers.valid_to)

    union all

    -- A review names a product; what is said about a whole order speaks of every group in it.
    select
        placed.feedback_kind,
        placed.feedback_key,
        'product_group' as dimension,
        coalesce(products.category, order_groups.category) as dimension_value
    from placed
    left join products
        on placed.product_key = products.product_key
    left join order_groups
        on
            placed.product_key is null
            and placed.order_key = order_groups.order_key

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
