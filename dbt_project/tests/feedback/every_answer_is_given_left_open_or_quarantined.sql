-- Nothing is lost silently between staging and the marts: answers of responses in force, and
-- answers whose response never arrived, are all accounted for.
with

staged as (

    select count(*) as answers
    from {{ ref('stg_survey__answers') }} as answers
    left join {{ ref('stg_survey__responses') }} as all_responses
        on
            answers.source_system = all_responses.source_system
            and answers.response_id = all_responses.response_id
    left join {{ ref('fct_survey_response') }} as responses
        on
            {{ source_key('answers.source_system', ['answers.response_id']) }}
            = responses.response_key
    where
        all_responses.response_id is null
        or responses.response_key is not null

),

accounted as (

    select
        (select count(*) from {{ ref('fct_survey_answer') }}) as given_answers,
        (
            select count(*) from {{ ref('score_quarantine') }}
            where score_type = 'survey_answer'
        ) as quarantined_answers,
        (
            select count(*) from {{ ref('int_survey_answer__classify') }}
            where answer_outcome = 'not_given'
        ) as open_answers

)

select
    staged.answers,
    accounted.given_answers,
    accounted.quarantined_answers,
    accounted.open_answers
from staged
cross join accounted
where
    staged.answers
    <> accounted.given_answers + accounted.quarantined_answers + accounted.open_answers
