{#- A question with sub-questions is as many questions as it has parts. -#}
with

source as (

    select * from {{ source('limesurvey', 'questions') }}

),

metrics as (

    select * from {{ ref('connector_question_metric') }}

),

measured as (

    {{ limesurvey_questions('source', 'metrics') }}

),

{%- set mapping = {
    'survey_id': 'survey',
    'question_id': 'answer_name',
    'question_text': 'trim(' ~ replace_pattern('full_text', '<[^>]*>', '') ~ ')',
    'metric': 'known_metric',
    'scale_min': '(lowest)',
    'scale_max': '(highest)',
    'position': '(question_position)',
} %}

judged as (

    {{ to_contract('measured', 'survey', 'questions', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
