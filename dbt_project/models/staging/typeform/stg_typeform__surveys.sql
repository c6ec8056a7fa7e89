with

source as (

    select * from {{ source('typeform', 'forms') }}

),

parsed as (

    {{ json_fields(
        'source', 'record',
        {
            'id': '$.id',
            'title': '$.title',
            'created_at_text': '$.created_at',
            'last_updated_at': '$.last_updated_at',
        },
        raw_columns() + ['record']
    ) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload
    from parsed

),

{%- set mapping = {
    'survey_id': 'id',
    'title': 'title',
    'survey_channel': "'web'",
    'created_at': 'created_at_text',
    'updated_at': 'last_updated_at',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'surveys', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
