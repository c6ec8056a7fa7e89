{#- An event says of which sending it speaks: the message, and the second at which it was sent.
    Where that second is missing, the event is of the last sending of the message to the person
    before it. -#}
{%- set said = '$.attributes.event_properties.' -%}
with

source as (

    select * from {{ source('klaviyo', 'events') }}

),

metrics_source as (

    select * from {{ source('klaviyo', 'metrics') }}

),

steps as (

    select * from {{ ref('connector_message_metric') }}
    where source_kind = 'klaviyo'

),

newest as (

    {{ newest_records('source') }}

),

newest_metrics as (

    {{ newest_records('metrics_source') }}

),

metrics as (

    {{ json_fields(
        'newest_metrics', 'record', {'metric_name': '$.attributes.name'},
        ['source_system', 'record_id']
    ) }}

),

parsed as (

    {{ json_fields(
        'newest', 'record',
        {
            'metric_id': '$.relationships.metric.data.id',
            'profile_id': '$.relationships.profile.data.id',
            'happened': '$.attributes.datetime',
            'message_id': said ~ '$message',
            'flow_id': said ~ '$flow',
            'sending': said ~ '$_cohort$message_send_cohort',
            'message_name': said ~ 'Campaign Name',
            'machine_open': said ~ 'machine_open',
            'apple_open': said ~ 'Apple Privacy Open',
            'bot_click': said ~ 'Bot Click',
        },
        raw_columns() + ['record']
    ) }}

),

stepped as (

    select
        parsed.*,
        steps.message_channel,
        steps.message_step,
        {{ read_instant('parsed.happened') }} as happened_at,
        'true' in (
            lower(coalesce(parsed.machine_open, '')),
            lower(coalesce(parsed.apple_open, '')),
            lower(coalesce(parsed.bot_click, ''))
        ) as is_by_machine
    from parsed
    inner join metrics
        on
            parsed.source_system = metrics.source_system
            and parsed.metric_id = metrics.record_id
    inner join steps
        on lower(trim(metrics.metric_name)) = steps.metric_name

),

final as (

    select
        {{ raw_columns() | join(', ') }},
        record,
        message_channel,
        message_step,
        message_id,
        flow_id,
        message_name,
        profile_id,
        is_by_machine,
        happened,
        happened_at,
        coalesce(
            nullif(sending, ''),
            -- Texts that begin with ten digits of seconds: the greatest is the last.
            max(nullif(sending, '')) over (
                partition by source_system, profile_id, message_id
                order by happened_at, record_id
                rows between unbounded preceding and current row
            ),
            ''
        ) as sending
    from stepped

)

select * from final
