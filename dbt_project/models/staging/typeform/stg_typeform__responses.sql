{#- Who answers, and about which order, comes in hidden fields of the form's link; an e-mail
    address or phone number that was asked for in the form is taken when the link has none. -#}
{%- set fields = {
    'response_id': '$.token',
    'response_type': '$.response_type',
    'landed_at': '$.landed_at',
    'submitted_at_text': '$.submitted_at',
    'staged_at': '$.staged_at',
    'hidden_email': '$.hidden.email',
    'hidden_phone': '$.hidden.phone',
    'hidden_card_number': '$.hidden.card_number',
    'hidden_first_name': '$.hidden.first_name',
    'hidden_last_name': '$.hidden.last_name',
    'hidden_order_id': '$.hidden.order_id',
    'hidden_store_id': '$.hidden.store_id',
    'hidden_language': '$.hidden.language',
} -%}
with

source as (

    select * from {{ source('typeform', 'responses') }}

),

parsed as (

    {{ json_fields('source', 'record', fields, raw_columns() + ['record']) }}

),

answer_items as (

    {{ json_items('source', 'record', '$.answers', ['source_system', 'record_id', 'version']) }}

),

contact_answers as (

    {{ json_fields(
        'answer_items', 'item', {'email': '$.email', 'phone_number': '$.phone_number'},
        ['source_system', 'record_id', 'version']
    ) }}

),

contacts as (

    select
        source_system,
        record_id,
        version,
        min(nullif(email, '')) as answered_email,
        min(nullif(phone_number, '')) as answered_phone
    from contact_answers
    group by source_system, record_id, version

),

joined as (

    select
        parsed.*,
        parsed.record_id as row_id,
        parsed.record as payload,
        contacts.answered_email,
        contacts.answered_phone,
        case
            when parsed.submitted_at_text like '0001-%'
                then coalesce(parsed.staged_at, parsed.landed_at)
            else coalesce(parsed.submitted_at_text, parsed.staged_at, parsed.landed_at)
        end as submitted
    from parsed
    left join contacts
        on
            parsed.source_system = contacts.source_system
            and parsed.record_id = contacts.record_id
            and parsed.version = contacts.version
    where coalesce(parsed.response_type, 'completed') <> 'started'

),

{%- set mapping = {
    'response_id': 'response_id',
    'survey_id': 'parent_id',
    'email': "coalesce(nullif(hidden_email, ''), answered_email)",
    'phone': "coalesce(nullif(hidden_phone, ''), answered_phone)",
    'card_number': 'hidden_card_number',
    'first_name': 'hidden_first_name',
    'last_name': 'hidden_last_name',
    'order_id': 'hidden_order_id',
    'store_id': 'hidden_store_id',
    'is_complete': "coalesce(response_type, 'completed') = 'completed'",
    'language_code': 'hidden_language',
    'started_at': 'landed_at',
    'submitted_at': 'submitted',
    'updated_at': 'submitted',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('joined', 'survey', 'responses', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
