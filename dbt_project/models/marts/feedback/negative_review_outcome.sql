with

versions as (

    select * from {{ ref('stg_survey__review_versions') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

-- What was first said: versions are numbered from the newest back.
ranked as (

    select
        *,
        row_number() over (
            partition by source_system, review_id
            order by version_number desc
        ) as age_rank
    from versions
    where
        {{ business_date('known_from') }} <= {{ as_of_date() }}
        and rating between scale_min and scale_max
        and scale_min < scale_max

),

first_ratings as (

    select
        {{ source_key('source_system', ['review_id']) }} as review_key,
        rating as first_rating,
        cast(100 * {{ scale_position('rating', 'scale_min', 'scale_max') }} as decimal(9, 4))
            as first_rating_index
    from ranked
    where age_rank = 1

),

negative as (

    select
        reviews.*,
        first_ratings.first_rating,
        first_ratings.first_rating_index,
        settings.review_window_days,
        {{ add_days('reviews.published_date', 'settings.review_window_days') }} as window_end_date
    from reviews
    inner join first_ratings
        on reviews.review_key = first_ratings.review_key
    inner join settings
        on first_ratings.first_rating_index <= settings.negative_rating_index

),

bought as (

    select
        negative.review_key,
        min(orders.order_date) as bought_again_date
    from negative
    inner join orders
        on
            negative.customer_id = orders.customer_id
            and orders.is_valid_order
            and negative.published_at < orders.ordered_at
            and negative.window_end_date >= orders.order_date
    group by negative.review_key

),

dated as (

    select
        negative.*,
        bought.bought_again_date,
        negative.window_end_date <= {{ as_of_date() }} as is_mature
    from negative
    left join bought
        on negative.review_key = bought.review_key

),

final as (

    select
        review_key,
        customer_id,
        order_key,
        product_key,
        coalesce(platform, source_system) as platform,
        first_rating,
        rating as latest_rating,
        rating > first_rating as is_rating_raised,
        cast(rating_index - first_rating_index as decimal(9, 4)) as rating_index_change,
        is_replied,
        hours_to_reply,
        -- Nobody knows whether an unknown author came back.
        case
            when customer_id is null then null
            when bought_again_date is not null then true
            when is_mature then false
        end as has_bought_again,
        published_date,
        bought_again_date,
        is_mature
    from dated

)

select * from final
