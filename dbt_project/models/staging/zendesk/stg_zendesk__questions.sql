{#- What Zendesk asks with a rating: good or bad (1 or 0), a comment, the reason of a bad one. -#}
{%- set questions = [
    ('score', 'How would you rate the support you received?', 'csat'),
    ('comment', 'Comment', 'text'),
    ('reason', 'Reason of a bad rating', 'choice'),
] -%}
with

source as (

    select * from {{ source('zendesk', 'satisfaction_ratings') }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by source_system
            order by length(record_id), record_id, version
        ) as rating_number
    from source

),

placed as (
    {%- for name, words, metric in questions %}

    select
        {{ raw_columns() | join(', ') }},
        'satisfaction:{{ name }}' as row_id,
        record as payload,
        '{{ name }}' as question_name,
        '{{ words }}' as question_words,
        '{{ metric }}' as known_metric,
        cast({{ 0 if metric == 'csat' else 'null' }} as decimal(18, 4)) as lowest,
        cast({{ 1 if metric == 'csat' else 'null' }} as decimal(18, 4)) as highest,
        cast({{ loop.index }} as bigint) as question_position
    from numbered
    where rating_number = 1
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

{%- set mapping = {
    'survey_id': "'satisfaction'",
    'question_id': 'question_name',
    'question_text': 'question_words',
    'metric': 'known_metric',
    'scale_min': '(lowest)',
    'scale_max': '(highest)',
    'position': '(question_position)',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'questions', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
