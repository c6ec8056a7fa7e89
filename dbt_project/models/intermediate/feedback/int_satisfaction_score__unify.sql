with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

scores as (

    select
        metric,
        survey_key as feedback_scope,
        score,
        scale_min,
        scale_max,
        score_index,
        is_top_box,
        answer_date as score_date
    from answers
    where
        metric in ('csat', 'ces', 'rating')
        and score is not null

    union all

    select
        'review' as metric,
        coalesce(platform, source_system) as feedback_scope,
        rating as score,
        scale_min,
        scale_max,
        rating_index as score_index,
        is_top_box,
        published_date as score_date
    from reviews

),

scoped as (

    select * from scores

    union all

    select
        metric,
        'all' as feedback_scope,
        score,
        scale_min,
        scale_max,
        score_index,
        is_top_box,
        score_date
    from scores

),

-- A mean speaks of one scale only: scores on another one count for the share and the index.
final as (

    select
        scoped.metric,
        scoped.feedback_scope,
        scoped.score_date,
        scoped.score_index,
        scoped.is_top_box,
        case
            when
                scoped.scale_min = metrics.mean_scale_min
                and scoped.scale_max = metrics.mean_scale_max
                then cast(scoped.score as decimal(9, 4))
        end as mean_score
    from scoped
    inner join metrics
        on scoped.metric = metrics.metric

)

select * from final
