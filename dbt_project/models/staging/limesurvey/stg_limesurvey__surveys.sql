with

source as (

    select * from {{ source('limesurvey', 'surveys') }}

),

parsed as (

    {{ json_fields(
        'source', 'record', {'sid': '$.sid', 'title': '$.surveyls_title'},
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

{%- set mapping = {'survey_id': 'sid', 'title': 'title', 'survey_channel': "'web'"} %}

judged as (

    {{ to_contract('placed', 'survey', 'surveys', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
