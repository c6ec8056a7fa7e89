with

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

all_responses as (

    select
        source_system,
        response_id,
        survey_id
    from {{ ref('stg_survey__responses') }}

),

responses as (

    select * from {{ ref('int_survey_response__unify') }}

),

questions as (

    select * from {{ ref('stg_survey__questions') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

-- The scale shown beside the answer is the truth; then the question's; then the one that the
-- metric is defined on.
scaled as (

    select
        {{ source_key('answers.source_system', ['answers.response_id', 'answers.question_id']) }}
            as answer_key,
        {{ source_key('answers.source_system', ['answers.response_id']) }} as response_key,
        all_responses.response_id is not null as has_response,
        {{ source_key('answers.source_system', ['all_responses.survey_id']) }} as survey_key,
        {{ source_key(
            'answers.source_system', ['all_responses.survey_id', 'answers.question_id']
        ) }} as question_key,
        answers.source_system,
        questions.metric,
        answers.score,
        answers.answer_text is not null as has_text,
        coalesce(answers.scale_min, questions.scale_min, metrics.default_scale_min)
            as scale_min,
        coalesce(answers.scale_max, questions.scale_max, metrics.default_scale_max)
            as scale_max
    from answers
    left join all_responses
        on
            answers.source_system = all_responses.source_system
            and answers.response_id = all_responses.response_id
    left join questions
        on
            all_responses.source_system = questions.source_system
            and all_responses.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
    left join metrics
        on questions.metric = metrics.metric

),

judged as (

    select
        *,
        case
            when not has_response
                then 'the response of the answer never arrived'
            when score is not null and scale_min >= scale_max
                then 'the scale has no length: its lowest score is not below its highest'
            when score < scale_min or score > scale_max
                then 'the score lies outside of its scale'
        end as reject_reason,
        score is not null or (has_text and coalesce(metric, 'text') in ('choice', 'text'))
            as is_given
    from scaled

),

final as (

    select
        judged.answer_key,
        judged.response_key,
        judged.survey_key,
        judged.question_key,
        responses.customer_record_key,
        judged.source_system,
        judged.metric,
        judged.score,
        judged.scale_min,
        judged.scale_max,
        judged.has_text,
        case
            when judged.reject_reason is not null then 'quarantined'
            when judged.is_given then 'given'
            else 'not_given'
        end as answer_outcome,
        judged.reject_reason,
        responses.submitted_at as answered_at,
        responses.submitted_date as answer_date
    from judged
    left join responses
        on judged.response_key = responses.response_key
    where
        responses.response_key is not null
        or not judged.has_response

)

select * from final
