-- A warning only: an NPS question on another scale is kept as asked and counts in no NPS.
{{ config(severity='warn') }}

select
    question_key,
    scale_min,
    scale_max,
    count(*) as scores
from {{ ref('fct_survey_answer') }}
where
    metric = 'nps'
    and nps_group is null
group by question_key, scale_min, scale_max
