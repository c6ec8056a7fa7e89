{#- Who answers, and about which order, is told by questions with codes of their own, or by the
    participant whose token the answer carries. A survey without date stamps writes 1980. -#}
with

source as (

    select * from {{ source('limesurvey', 'responses') }}

),

participants as (

    select * from {{ source('limesurvey', 'participants') }}

),

newest as (

    {{ newest_records('source') }}

),

newest_participants as (

    {{ newest_records('participants') }}

),

people as (

    {{ json_fields(
        'newest_participants', 'record',
        {
            'survey': '$._sid',
            'token': '$.token',
            'email': '$.participant_info.email',
            'first_name': '$.participant_info.firstname',
            'last_name': '$.participant_info.lastname',
            'sent': '$.sent',
        },
        ['source_system', 'record_id']
    ) }}

),

-- A token is given to one participant of a survey; two of them would double the response.
holders as (

    select
        source_system,
        survey,
        token,
        min(case when coalesce(sent, '') not in ('', 'N') then record_id end) as invite_id,
        min(email) as email,
        min(first_name) as first_name,
        min(last_name) as last_name
    from people
    where coalesce(token, '') <> ''
    group by source_system, survey, token

),

entries as (

    {{ json_entries('newest', 'record', ['source_system', 'record_id']) }}

),

told as (

    select
        source_system,
        record_id,
        max(case when lower(entry_name) = 'email' then nullif(entry_value, '') end) as email,
        max(case when lower(entry_name) = 'phone' then nullif(entry_value, '') end) as phone,
        max(case when lower(entry_name) = 'cardnumber' then nullif(entry_value, '') end)
            as card_number,
        max(case when lower(entry_name) = 'firstname' then nullif(entry_value, '') end)
            as first_name,
        max(case when lower(entry_name) = 'lastname' then nullif(entry_value, '') end)
            as last_name,
        max(
            case when lower(entry_name) in ('orderno', 'orderid') then nullif(entry_value, '') end
        ) as order_id,
        max(case when lower(entry_name) = 'storeid' then nullif(entry_value, '') end) as store_id
    from entries
    group by source_system, record_id

),

parsed as (

    {{ json_fields(
        'newest', 'record',
        {
            'survey': '$._sid',
            'zone': '$._zone',
            'submitted': '$.submitdate',
            'stamped': '$.datestamp',
            'started': '$.startdate',
            'language': '$.startlanguage',
            'token': '$.token',
        },
        raw_columns() + ['record']
    ) }}

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        told.phone,
        told.card_number,
        told.order_id,
        told.store_id,
        holders.invite_id,
        coalesce(told.email, nullif(holders.email, '')) as known_email,
        coalesce(told.first_name, nullif(holders.first_name, '')) as known_first_name,
        coalesce(told.last_name, nullif(holders.last_name, '')) as known_last_name,
        coalesce(parsed.submitted, '') <> '' as was_submitted,
        {{ read_local_instant('parsed.started', 'parsed.zone') }} as started_at,
        {{ read_local_instant(
            "coalesce(case when parsed.submitted not like '1980-01-01%' "
            ~ "then nullif(parsed.submitted, '') end, "
            ~ "nullif(parsed.stamped, ''), nullif(parsed.started, ''))",
            'parsed.zone'
        ) }} as submitted_at,
        {{ read_local_instant(
            "coalesce(nullif(parsed.stamped, ''), nullif(parsed.submitted, ''))", 'parsed.zone'
        ) }} as stamped_at
    from parsed
    left join told
        on
            parsed.source_system = told.source_system
            and parsed.record_id = told.record_id
    left join holders
        on
            parsed.source_system = holders.source_system
            and parsed.survey = holders.survey
            and parsed.token = holders.token

),

{%- set mapping = {
    'response_id': 'record_id',
    'survey_id': 'survey',
    'invite_id': 'invite_id',
    'email': 'known_email',
    'phone': 'phone',
    'card_number': 'card_number',
    'first_name': 'known_first_name',
    'last_name': 'known_last_name',
    'order_id': 'order_id',
    'store_id': 'store_id',
    'is_complete': '(was_submitted)',
    'language_code': 'language',
    'started_at': '(started_at)',
    'submitted_at': '(submitted_at)',
    'updated_at': '(stamped_at)',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('joined', 'survey', 'responses', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
