{#- Numbers are scores where the question has a scale; elsewhere an answer is its words.
    Contact details belong to the response. -#}
{%- set fields = {
    'question': '$.field.id',
    'question_type': '$.field.type',
    'answer_type': '$.type',
    'number_given': '$.number',
    'text_given': '$.text',
    'boolean_given': '$.boolean',
    'choice_label': '$.choice.label',
    'choice_other': '$.choice.other',
    'choice_labels': '$.choices.labels',
    'choices_other': '$.choices.other',
    'date_given': '$.date',
    'url_given': '$.url',
    'file_url': '$.file_url',
} -%}
with

source as (

    select * from {{ source('typeform', 'responses') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record',
        {'submitted_at': '$.submitted_at', 'staged_at': '$.staged_at', 'landed_at': '$.landed_at',
         'response_type': '$.response_type'},
        raw_columns() + ['record']
    ) }}

),

items as (

    {{ json_items(
        'headers', 'record', '$.answers',
        raw_columns() + ['submitted_at', 'staged_at', 'landed_at', 'response_type']
    ) }}

),

parsed as (

    {{ json_fields(
        'items', 'item', fields,
        raw_columns()
        + ['submitted_at', 'staged_at', 'landed_at', 'response_type', 'item_number', 'item']
    ) }}

),

placed as (

    select
        *,
        record_id || ':' || cast(item_number as {{ dbt.type_string() }}) as row_id,
        '{"response_id": "' || record_id || '", "answer": ' || item || '}' as payload,
        question_type in ('opinion_scale', 'rating', 'nps') as has_scale,
        case
            when submitted_at like '0001-%' then coalesce(staged_at, landed_at)
            else coalesce(submitted_at, staged_at, landed_at)
        end as submitted
    from parsed
    where
        answer_type not in ('email', 'phone_number', 'payment')
        and coalesce(response_type, 'completed') <> 'started'

),

{%- set mapping = {
    'response_id': 'record_id',
    'question_id': 'question',
    'score': 'case when has_scale then try_cast(number_given as decimal(18, 4)) end',
    'answer_text': 'coalesce(text_given, choice_label, choice_other, ' ~ json_joined('choice_labels')
        ~ ', choices_other, boolean_given, date_given, url_given, file_url, '
        ~ 'case when not has_scale then number_given end)',
    'response_updated_at': 'submitted',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'answers', mapping, {'number_given': 'decimal'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
