-- A warning only: the scores are kept and indexed, but no share of satisfied customers counts them.
{{ config(severity='warn') }}

select
    metric,
    scale_min,
    scale_max,
    count(*) as scores
from {{ ref('fct_survey_answer') }}
where
    metric in ('csat', 'ces')
    and score is not null
    and is_top_box is null
group by metric, scale_min, scale_max
