{#- Questions may stand in groups, one level deep. What a question measures is told by the
    beginning of its reference (seed connector_question_metric), else by its type: an
    opinion scale of 0 to 10 is the question of recommending. -#}
{%- set fields = {
    'question': '$.id',
    'question_ref': '$.ref',
    'title': '$.title',
    'question_type': '$.type',
    'steps': '$.properties.steps',
    'start_at_one': '$.properties.start_at_one',
} -%}
with

source as (

    select * from {{ source('typeform', 'forms') }}

),

metrics as (

    select * from {{ ref('connector_question_metric') }}

),

newest as (

    {{ newest_records('source') }}

),

headers as (

    {{ json_fields(
        'newest', 'record', {'last_updated_at': '$.last_updated_at'}, raw_columns() + ['record']
    ) }}

),

top_items as (

    {{ json_items('headers', 'record', '$.fields', raw_columns() + ['last_updated_at']) }}

),

grouped_items as (

    {{ json_items(
        '(select *, item as group_item, item_number as group_number from top_items) as groups',
        'group_item',
        '$.properties.fields',
        raw_columns() + ['last_updated_at', 'group_number']
    ) }}

),

items as (

    select
        {{ raw_columns() | join(', ') }},
        last_updated_at,
        item_number as group_number,
        0 as number_in_group,
        item
    from top_items

    union all

    select
        {{ raw_columns() | join(', ') }},
        last_updated_at,
        group_number,
        item_number as number_in_group,
        item
    from grouped_items

),

parsed as (

    {{ json_fields(
        'items', 'item', fields,
        raw_columns() + ['last_updated_at', 'group_number', 'number_in_group', 'item']
    ) }}

),

scaled as (

    select
        *,
        case
            when question_type = 'nps' then 0
            when question_type = 'rating' then 1
            when question_type = 'opinion_scale' and start_at_one = 'true' then 1
            when question_type = 'opinion_scale' then 0
        end as lowest,
        case when question_type = 'nps' then 11 else try_cast(steps as integer) end as step_count
    from parsed
    where question_type not in ('group', 'statement', 'inline_group')

),

measured as (

    select
        scaled.*,
        scaled.record_id || ':' || scaled.question as row_id,
        scaled.item as payload,
        scaled.lowest + scaled.step_count - 1 as highest,
        row_number() over (
            partition by scaled.source_system, scaled.record_id
            order by scaled.group_number, scaled.number_in_group
        ) as question_position,
        coalesce(
            metrics.metric,
            case
                when scaled.question_type = 'nps' then 'nps'
                when
                    scaled.question_type = 'opinion_scale'
                    and scaled.lowest = 0
                    and scaled.step_count = 11
                    then 'nps'
                when scaled.question_type in ('opinion_scale', 'rating') then 'rating'
                when
                    scaled.question_type in (
                        'multiple_choice', 'dropdown', 'yes_no', 'picture_choice', 'ranking',
                        'legal', 'checkbox'
                    )
                    then 'choice'
                else 'text'
            end
        ) as known_metric
    from scaled
    left join metrics
        on
            metrics.source_kind = 'typeform'
            and scaled.lowest is not null
            and lower(scaled.question_ref) like metrics.question_ref || '%'

),

{%- set mapping = {
    'survey_id': 'record_id',
    'question_id': 'question',
    'question_text': 'title',
    'metric': 'known_metric',
    'scale_min': '(lowest)',
    'scale_max': '(highest)',
    'position': '(question_position)',
    'updated_at': 'last_updated_at',
} %}

judged as (

    {{ to_contract('measured', 'survey', 'questions', mapping, {'steps': 'integer'}) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
