with

surveys as (

    select * from {{ ref('stg_survey__surveys') }}

),

questions as (

    select * from {{ ref('stg_survey__questions') }}

),

invites as (

    select * from {{ ref('int_survey_invite__unify') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

),

-- A tool may export answers without the survey that they answer: such a survey has no title.
known as (

    select
        {{ source_key('source_system', ['survey_id']) }} as survey_key,
        source_system
    from surveys

    union

    select
        survey_key,
        source_system
    from invites

    union

    select
        survey_key,
        source_system
    from responses

),

question_counts as (

    select
        {{ source_key('source_system', ['survey_id']) }} as survey_key,
        count(*) as questions
    from questions
    group by source_system, survey_id

),

response_counts as (

    select
        survey_key,
        count(*) as responses,
        min(submitted_date) as first_response_date,
        max(submitted_date) as last_response_date
    from responses
    group by survey_key

),

final as (

    select
        known.survey_key,
        known.source_system,
        surveys.title as survey_title,
        surveys.survey_channel,
        coalesce(question_counts.questions, 0) as questions,
        coalesce(response_counts.responses, 0) as responses,
        response_counts.first_response_date,
        response_counts.last_response_date
    from known
    left join surveys
        on known.survey_key = {{ source_key('surveys.source_system', ['surveys.survey_id']) }}
    left join question_counts
        on known.survey_key = question_counts.survey_key
    left join response_counts
        on known.survey_key = response_counts.survey_key

)

select * from final
