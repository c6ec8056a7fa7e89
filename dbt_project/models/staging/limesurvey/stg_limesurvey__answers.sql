{#- A number at the beginning of an answer is the score where the question measures something
    ("9", "10 - very likely"); elsewhere an answer is its words. Contact details belong to the
    response. -#}
with

source as (

    select * from {{ source('limesurvey', 'responses') }}

),

questions as (

    select * from {{ ref('stg_limesurvey__questions') }}

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

placed as (

    select
        entries.*,
        entries.record_id || ':' || entries.entry_name as row_id,
        '{"response": "' || entries.record_id || '", "question": "' || entries.entry_name || '"}'
            as payload,
        case
            when questions.metric in ('nps', 'csat', 'ces', 'rating')
                then try_cast(
                    nullif(
                        regexp_extract(entries.entry_value, '^[0-9]+([.][0-9]+)?', 0), ''
                    ) as decimal(18, 4)
                )
        end as score_given,
        {{ read_local_instant(
            "coalesce(nullif(entries.stamped, ''), nullif(entries.submitted, ''))", 'entries.zone'
        ) }} as stamped_at
    from entries
    inner join questions
        on
            entries.source_system = questions.source_system
            and entries.survey = questions.survey_id
            and entries.entry_name = questions.question_id
            and not questions.is_put_aside
    where
        entries.deleted_at is null
        and coalesce(entries.entry_value, '') <> ''
        and lower(entries.entry_name) not in (
            'email', 'phone', 'cardnumber', 'firstname', 'lastname', 'orderno', 'orderid', 'storeid'
        )

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
