with

rating_records as (

    select * from {{ source('zendesk', 'satisfaction_ratings') }}

),

ratings as (

    {{ zendesk_ratings('rating_records') }}

),

counted as (

    select * from ratings
    where answer_number = 1

),

placed as (
    {%- for name in ['score', 'comment', 'reason'] %}

    select
        counted.*,
        counted.rated_ticket || ':{{ name }}' as row_id,
        counted.record as payload,
        '{{ name }}' as question_name,
        {{ 'counted.given_score' if name == 'score' else 'cast(null as integer)' }} as known_score,
        {% if name == 'score' -%}
        cast(null as {{ dbt.type_string() }})
        {%- else -%}
        counted.rating_{{ name }}
        {%- endif %} as known_words
    from counted
    {%- if name != 'score' %}
    where nullif(trim(counted.rating_{{ name }}), '') is not null
    {%- endif %}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

{%- set mapping = {
    'response_id': 'rated_ticket',
    'question_id': 'question_name',
    'score': '(known_score)',
    'answer_text': 'known_words',
    'response_updated_at': 'rating_updated',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'answers', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
