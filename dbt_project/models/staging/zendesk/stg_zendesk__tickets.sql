{#- Who asks is told by the user, which order by the field that the settings name. A ticket that
    was merged into another goes on there, and counts once. Zendesk tells the first reply in
    whole minutes from the opening. -#}
{%- set fields = {
    'ticket': '$.id',
    'status': '$.status',
    'requester': '$.requester_id',
    'channel': '$.via.channel',
    'ticket_type': '$.type',
    'description': '$.description',
    'tags': '$.tags',
    'created': '$.created_at',
    'updated': '$.updated_at',
    'generated': '$.generated_timestamp',
    'solved': '$.metric_set.solved_at',
    'status_updated': '$.metric_set.status_updated_at',
    'reply_minutes': '$.metric_set.reply_time_in_minutes.calendar',
} -%}
with

source as (

    select * from {{ source('zendesk', 'tickets') }}

),

user_records as (

    select * from {{ source('zendesk', 'users') }}

),

user_field_records as (

    select * from {{ source('zendesk', 'user_fields') }}

),

ticket_field_records as (

    select * from {{ source('zendesk', 'ticket_fields') }}

),

channels as (

    select * from {{ ref('connector_ticket_channel') }}

),

people as (

    {{ zendesk_people('user_records', 'user_field_records') }}

),

field_values as (

    {{ zendesk_field_values('source', 'ticket_field_records') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

timed as (

    select
        *,
        {{ read_instant('created') }} as created_at,
        {{ read_instant('updated') }} as updated_at,
        min(case when status = 'deleted' then {{ unix_instant('generated') }} end)
            over (partition by source_system, record_id) as first_deleted_at,
        status = 'deleted' as is_deleted,
        status in ('solved', 'closed') as is_resolved,
        coalesce(tags, '') like '%"closed_by_merge"%' as is_merged
    from parsed

),

joined as (

    select
        timed.*,
        timed.record_id as row_id,
        timed.record as payload,
        people.person_email,
        people.person_phone,
        people.person_name,
        people.person_customer_id,
        people.person_card_number,
        people.person_language,
        {% for role in zendesk_ticket_roles() -%}
        field_values.field_{{ role }},
        {% endfor -%}
        coalesce(channels.ticket_channel, timed.channel) as known_channel,
        case
            when timed.is_resolved
                then
                    coalesce(
                        {{ read_instant('timed.solved') }},
                        {{ read_instant('timed.status_updated') }},
                        timed.updated_at
                    )
        end as resolved_at,
        {{ add_minutes('timed.created_at', 'try_cast(timed.reply_minutes as integer)') }}
            as first_replied_at,
        case
            when timed.deleted_at is not null or timed.is_deleted
                then coalesce(timed.first_deleted_at, timed.deleted_at)
            when timed.is_merged then timed.updated_at
        end as gone_at
    from timed
    left join people
        on
            timed.source_system = people.source_system
            and timed.requester = people.person
    left join field_values
        on
            timed.source_system = field_values.source_system
            and timed.record_id = field_values.record_id
            and timed.version = field_values.version
    left join channels
        on
            channels.source_kind = 'zendesk'
            and timed.channel = channels.vendor_channel

),

{%- set mapping = {
    'ticket_id': 'ticket',
    'ticket_channel': 'known_channel',
    'topic': "coalesce(field_topic, nullif(ticket_type, ''))",
    'email': 'person_email',
    'phone': 'person_phone',
    'requester_name': 'person_name',
    'customer_id': 'coalesce(field_customer_id, person_customer_id)',
    'card_number': 'coalesce(field_card_number, person_card_number)',
    'order_id': 'field_order_id',
    'product_id': 'field_product_id',
    'store_id': 'field_store_id',
    'response_id': 'field_response_id',
    'review_id': 'field_review_id',
    'words': 'description',
    'language_code': 'person_language',
    'opened_at': 'created',
    'first_replied_at': '(first_replied_at)',
    'resolved_at': '(resolved_at)',
    'updated_at': 'updated',
    'deleted_at': '(gone_at)',
} %}

judged as (

    {{ to_contract(
        'joined', 'service', 'tickets', mapping,
        {'reply_minutes': 'integer', 'solved': 'timestamp', 'status_updated': 'timestamp'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
