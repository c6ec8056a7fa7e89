{#- A number at the beginning of an answer is the score where the question measures something
    ("9", "10 - very likely"); elsewhere an answer is its words. Contact details belong to the
    response. -#}
with

source as (

    select * from {{ source('limesurvey', 'responses') }}

),

question_records as (

    select * from {{ source('limesurvey', 'questions') }}

),

metrics as (

    select * from {{ ref('connector_question_metric') }}

),

questions as (

    {{ limesurvey_questions('question_records', 'metrics') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record',
        {
            'survey': '$._sid',
            'zone': '$._zone',
            'submitted': '$.submitdate',
            'stamped': '$.datestamp',
        },
        raw_columns() + ['record']
    ) }}

),

entries as (

    {{ json_entries(
        'headers', 'record', raw_columns() + ['survey', 'zone', 'submitted', 'stamped']
    ) }}

),

matched as (

    select
        entries.*,
        questions.known_metric,
        regexp_extract(entries.entry_value, '^[0-9]+([.][0-9]+)?', 0) as number_in_front,
        {{ read_local_instant(
            "coalesce(nullif(entries.stamped, ''), nullif(entries.submitted, ''))", 'entries.zone'
        ) }} as stamped_at
    from entries
    inner join questions
        on
            entries.source_system = questions.source_system
            and entries.survey = questions.survey
            and entries.entry_name = questions.answer_name
    where
        entries.deleted_at is null
        and coalesce(entries.entry_value, '') <> ''
        and lower(entries.entry_name) not in (
            'email', 'phone', 'cardnumber', 'firstname', 'lastname', 'orderno', 'orderid', 'storeid'
        )

),

placed as (

    select
        *,
        record_id || ':' || entry_name as row_id,
        '{"response": "' || record_id || '", "question": "' || entry_name || '"}' as payload,
        case
            when known_metric in ('nps', 'csat', 'ces', 'rating')
                then try_cast(nullif(number_in_front, '') as decimal(18, 4))
        end as score_given
    from matched

),

{%- set mapping = {
    'response_id': 'record_id',
    'question_id': 'entry_name',
    'score': '(score_given)',
    'answer_text': 'case when score_given is null then entry_value end',
    'response_updated_at': '(stamped_at)',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'answers', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
