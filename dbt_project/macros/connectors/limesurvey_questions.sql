{#- The questions of a LimeSurvey that are answered, with what they measure: what both questions and answers are made of. -#}

{#- A question is known by its code, a sub-question by CODE[SUB], as the answers name them. A question that has
    sub-questions is not answered itself. Boilerplate (X) is no question; arrays of two scales (1), of numbers (:) and
    texts (;) and rankings (R) name their answers otherwise, and are not taken. -#}
{% macro limesurvey_questions(source, metrics) -%}
    {%- set fields = {
        'survey': '$._sid',
        'qid': '$.qid',
        'parent_qid': '$.parent_qid',
        'question_type': '$.type',
        'code': '$.title',
        'question_text': '$.question',
        'group_order': '$.gid',
        'question_order': '$.question_order',
        'scale_id': '$.scale_id',
    } -%}
with

newest as (

    {{ newest_records(source) }}

),

parsed as (

    {{ json_fields('newest', 'record', fields, raw_columns() + ['record']) }}

),

living as (

    select * from parsed
    where deleted_at is null

),

asked as (

    select
        living.*,
        coalesce(parents.question_type, living.question_type) as known_type,
        coalesce(parents.code, living.code) as main_code,
        case
            when parents.code is not null then parents.code || '[' || living.code || ']'
            else living.code
        end as answer_name,
        case
            when parents.question_text is not null
                then parents.question_text || ' ' || living.question_text
            else living.question_text
        end as full_text,
        coalesce(parents.group_order, living.group_order) as main_group,
        coalesce(parents.question_order, living.question_order) as main_order,
        case when parents.code is not null then living.question_order end as sub_order
    from living
    left join living as parents
        on
            living.source_system = parents.source_system
            and living.survey = parents.survey
            and living.parent_qid = parents.qid
    where
        not exists (
            select 1 from living as parts
            where
                parts.source_system = living.source_system
                and parts.survey = living.survey
                and parts.parent_qid = living.qid
        )
        and coalesce(parents.question_type, living.question_type) not in ('X', '1', ':', ';', 'R')
)

select
    asked.*,
    asked.record_id as row_id,
    asked.record as payload,
    coalesce(
        metrics.metric,
        case
            when asked.known_type in ('5', 'A', 'B') then 'rating'
            when
                asked.known_type in (
                    'L', '!', 'O', 'M', 'P', 'Y', 'G', 'C', 'E', 'F', 'H', 'I'
                )
                then 'choice'
            else 'text'
        end
    ) as known_metric,
    case
        when metrics.metric = 'nps' then 0
        when asked.known_type in ('5', 'A', 'B') then 1
    end as lowest,
    case
        when metrics.metric = 'nps' then 10
        when asked.known_type in ('5', 'A') then 5
        when asked.known_type = 'B' then 10
    end as highest,
    row_number() over (
        partition by asked.source_system, asked.survey
        order by
            try_cast(asked.main_group as integer),
            try_cast(asked.main_order as integer),
            try_cast(asked.sub_order as integer),
            asked.record_id
    ) as question_position
from asked
left join {{ metrics }} as metrics
    on
        metrics.source_kind = 'limesurvey'
        and lower(asked.main_code) like metrics.question_ref || '%'
{%- endmacro %}
