{#- Zendesk asks for ratings without a survey: each account that has ratings is given one. -#}
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

    select
        *,
        'satisfaction' as row_id,
        record as payload
    from numbered
    where rating_number = 1

),

{%- set mapping = {
    'survey_id': "'satisfaction'",
    'title': "'Zendesk satisfaction rating'",
    'survey_channel': "'email'",
} %}

judged as (

    {{ to_contract('placed', 'survey', 'surveys', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
