with

fifths as (

    select 1 as score
    union all
    select 2 as score
    union all
    select 3 as score
    union all
    select 4 as score
    union all
    select 5 as score

)

select
    recency.score as recency_score,
    frequency.score as frequency_score,
    count(segments.segment_code) as segments
from fifths as recency
cross join fifths as frequency
left join {{ ref('rfm_segment') }} as segments
    on
        recency.score between segments.min_recency_score and segments.max_recency_score
        and frequency.score
        between segments.min_frequency_score and segments.max_frequency_score
group by recency.score, frequency.score
having count(segments.segment_code) <> 1
