with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

cuts as (

    select * from {{ ref('int_feedback_cut__attribute') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

scores as (

    select
        metric,
        'answer' as feedback_kind,
        answer_key as feedback_key,
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
        'review' as feedback_kind,
        review_key as feedback_key,
        rating as score,
        scale_min,
        scale_max,
        rating_index as score_index,
        is_top_box,
        published_date as score_date
    from reviews

),

-- A mean speaks of one scale only: scores on another one count for the share and the index.
final as (

    select
        scores.metric,
        cuts.dimension,
        cuts.dimension_value,
        scores.score_date,
        scores.score_index,
        scores.is_top_box,
        case
            when
                scores.scale_min = metrics.mean_scale_min
                and scores.scale_max = metrics.mean_scale_max
                then cast(scores.score as decimal(9, 4))
        end as mean_score
    from scores
    inner join cuts
        on
            scores.feedback_kind = cuts.feedback_kind
            and scores.feedback_key = cuts.feedback_key
    inner join metrics
        on scores.metric = metrics.metric

)

select * from final
