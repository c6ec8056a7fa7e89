with

answers as (

    select * from {{ ref('int_survey_answer__classify') }}

),

reviews as (

    select * from {{ ref('int_review__classify') }}

),

rejected as (

    select
        answer_key as score_key,
        'survey_answer' as score_type,
        source_system,
        survey_key,
        question_key,
        metric,
        score,
        scale_min,
        scale_max,
        reject_reason as reason,
        answered_at as given_at,
        answer_date as given_date
    from answers
    where answer_outcome = 'quarantined'

    union all

    select
        review_key as score_key,
        'review' as score_type,
        source_system,
        cast(null as {{ dbt.type_string() }}) as survey_key,
        cast(null as {{ dbt.type_string() }}) as question_key,
        'review' as metric,
        rating as score,
        scale_min,
        scale_max,
        reject_reason as reason,
        published_at as given_at,
        published_date as given_date
    from reviews
    where reject_reason is not null

),

final as (

    select * from rejected

)

select * from final
