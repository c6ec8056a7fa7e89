{#- A message is what its events say of it: the last word of delivery and bounce holds, and a push
    that one device took has arrived. Openings and clicks of machines are kept apart. An event that
    names no message, or no person, tells of no message. -#}
with

events as (

    select * from {{ ref('stg_klaviyo__message_events') }}
    where message_id is not null and profile_id is not null

),

campaigns as (

    select * from {{ source('klaviyo', 'campaigns') }}

),

flows as (

    select * from {{ source('klaviyo', 'flows') }}

),

types as (

    select * from {{ ref('connector_message_type') }}
    where source_kind = 'klaviyo'

),

newest_campaigns as (

    {{ newest_records('campaigns') }}

),

newest_flows as (

    {{ newest_records('flows') }}

),

campaign_names as (

    {{ json_fields(
        'newest_campaigns', 'record', {'campaign_name': '$.attributes.name'},
        ['source_system', 'record_id', 'record']
    ) }}

),

campaign_items as (

    {{ json_items(
        'campaign_names', 'record', '$.relationships.campaign-messages.data',
        ['source_system', 'campaign_name']
    ) }}

),

campaign_messages as (

    {{ json_fields(
        'campaign_items', 'item', {'message_id': '$.id'}, ['source_system', 'campaign_name']
    ) }}

),

-- Events name a campaign by its own id, or by that of one of its messages.
campaigns_by_id as (

    select
        source_system,
        record_id as message_id,
        campaign_name
    from campaign_names
    union
    select
        source_system,
        message_id,
        campaign_name
    from campaign_messages

),

named_campaigns as (

    select
        source_system,
        message_id,
        min(campaign_name) as campaign_name
    from campaigns_by_id
    group by source_system, message_id

),

named_flows as (

    {{ json_fields(
        'newest_flows', 'record', {'flow_name': '$.attributes.name'},
        ['source_system', 'record_id']
    ) }}

),

messages as (

    select
        source_system,
        profile_id,
        message_id,
        sending,
        min(message_channel) as message_channel,
        min(flow_id) as flow_id,
        min(message_name) as message_name,
        min(case when message_step in ('delivered', 'bounced') then happened_at end) as tried_at,
        min(case when message_step = 'delivered' then happened_at end) as first_delivered_at,
        max(case when message_step = 'delivered' then happened_at end) as last_delivered_at,
        max(case when message_step = 'bounced' then happened_at end) as last_bounced_at,
        min(case when message_step = 'opened' and not is_by_machine then happened_at end)
            as opened_at,
        min(case when message_step = 'opened' and is_by_machine then happened_at end)
            as machine_opened_at,
        min(case when message_step = 'clicked' and not is_by_machine then happened_at end)
            as clicked_at,
        min(case when message_step in ('unsubscribed', 'complained') then happened_at end)
            as unsubscribed_at,
        min(happened_at) as first_event_at,
        max(happened_at) as last_event_at,
        max(case when happened_at is null then coalesce(happened, 'none') end) as unreadable_time
    from events
    group by source_system, profile_id, message_id, sending

),

-- The raw columns are those of the last event.
last_events as (

    select
        *,
        row_number() over (
            partition by source_system, profile_id, message_id, sending
            order by happened_at desc nulls last, record_id desc
        ) as recency
    from events

),

named as (

    select
        {%- for column_name in raw_columns() if column_name != 'source_system' %}
        last_events.{{ column_name }},
        {%- endfor %}
        last_events.record as payload,
        messages.*,
        coalesce(named_flows.flow_name, named_campaigns.campaign_name, messages.message_name)
            as campaign,
        lower(
            coalesce(named_flows.flow_name, '')
            || ' ' || coalesce(named_campaigns.campaign_name, '')
            || ' ' || coalesce(messages.message_name, '')
        ) as names,
        messages.last_bounced_at is not null
        and (
            messages.last_delivered_at is null
            or (
                messages.last_bounced_at >= messages.last_delivered_at
                and messages.message_channel <> 'push'
            )
        ) as is_bounced
    from messages
    inner join last_events
        on
            messages.source_system = last_events.source_system
            and messages.profile_id = last_events.profile_id
            and messages.message_id = last_events.message_id
            and messages.sending = last_events.sending
            and last_events.recency = 1
    left join named_flows
        on
            messages.source_system = named_flows.source_system
            and messages.flow_id = named_flows.record_id
    left join named_campaigns
        on
            messages.source_system = named_campaigns.source_system
            and messages.message_id = named_campaigns.message_id

),

all_names as (

    select distinct names from named

),

ranked_types as (

    select
        all_names.names,
        types.message_type,
        row_number() over (partition by all_names.names order by types.rule_rank) as preference
    from all_names
    inner join types
        on all_names.names like '%' || types.name_words || '%'

),

placed as (

    select
        named.*,
        named.profile_id || ':' || named.message_id || ':' || named.sending as row_id,
        coalesce(ranked_types.message_type, 'marketing') as message_type,
        coalesce(
            named.tried_at,
            {{ unix_instant("split_part(named.sending, ':', 1)") }},
            named.first_event_at
        ) as sent_at,
        case when not named.is_bounced then named.first_delivered_at end as delivered_at,
        case when named.is_bounced then named.last_bounced_at end as bounced_at
    from named
    left join ranked_types
        on named.names = ranked_types.names and ranked_types.preference = 1

),

{%- set mapping = {
    'message_id': 'row_id',
    'message_type': 'message_type',
    'message_channel': 'message_channel',
    'campaign': 'campaign',
    'customer_id': 'profile_id',
    'sent_at': '(sent_at)',
    'delivered_at': '(delivered_at)',
    'bounced_at': '(bounced_at)',
    'opened_at': '(opened_at)',
    'machine_opened_at': '(machine_opened_at)',
    'clicked_at': '(clicked_at)',
    'unsubscribed_at': '(unsubscribed_at)',
    'updated_at': '(last_event_at)',
} %}

judged as (

    {{ to_contract(
        'placed', 'service', 'messages', mapping, verify={'unreadable_time': 'timestamp'}
    ) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
