with

reviews as (

    select * from {{ ref('fct_review') }}

),

feedback_settings as (

    select * from {{ ref('feedback_setting') }}

),

banded as (

    select
        'all' as rating_band,
        reviews.*
    from reviews

    union all

    select
        'negative' as rating_band,
        reviews.*
    from reviews
    where reviews.is_negative

),

counted as (

    select
        cast(date_trunc('month', published_date) as date) as review_month,
        coalesce(platform, source_system) as platform,
        rating_band,
        count(*) as reviews,
        sum(case when is_replied then 1 else 0 end) as replied,
        percentile_cont(0.5) within group (
            order by cast(hours_to_reply as double)
        ) as median_hours
    from banded
    group by
        cast(date_trunc('month', published_date) as date),
        coalesce(platform, source_system),
        rating_band

),

dated as (

    select
        counted.*,
        {{ add_days('last_day(counted.review_month)', 'feedback_settings.response_window_days') }}
        <= {{ as_of_date() }} as is_mature
    from counted
    cross join feedback_settings

),

final as (

    select
        review_month,
        platform,
        rating_band,
        cast(reviews as bigint) as reviews,
        cast(replied as bigint) as replied,
        case when is_mature then {{ share('replied', 'reviews') }} end as reply_rate,
        case when is_mature then cast(round(median_hours, 2) as decimal(18, 2)) end
            as median_hours_to_reply,
        is_mature
    from dated

)

select * from final
