{#- Who has been sent the survey. Participants who wait to be asked have no invite yet. -#}
with

source as (

    select * from {{ source('limesurvey', 'participants') }}

),

newest as (

    {{ newest_records('source') }}

),

parsed as (

    {{ json_fields(
        'newest', 'record',
        {
            'survey': '$._sid',
            'zone': '$._zone',
            'email': '$.participant_info.email',
            'sent': '$.sent',
            'email_status': '$.emailstatus',
        },
        raw_columns() + ['record']
    ) }}

),

placed as (

    select
        *,
        record_id as row_id,
        record as payload,
        {{ read_local_instant('sent', 'zone') }} as sent_at,
        case when email_status like '%ounce%' then 'bounced' else 'sent' end as known_status
    from parsed
    where deleted_at is null and coalesce(sent, '') not in ('', 'N')

),

{%- set mapping = {
    'invite_id': 'record_id',
    'survey_id': 'survey',
    'email': 'email',
    'sent_at': '(sent_at)',
    'invite_status': 'known_status',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'invites', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
