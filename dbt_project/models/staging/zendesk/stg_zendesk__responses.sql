{#- A ticket has one answer, the newest rating: a requester may change it until the ticket is
    closed. -#}
with

placed as (

    {{ zendesk_rated('answer_number') }}

),

{%- set mapping = {
    'response_id': 'rated_ticket',
    'survey_id': "'satisfaction'",
    'invite_id': 'rated_ticket',
    'email': 'person_email',
    'phone': 'person_phone',
    'card_number': 'known_card_number',
    'order_id': 'field_order_id',
    'store_id': 'field_store_id',
    'is_complete': '(true)',
    'language_code': 'person_language',
    'submitted_at': 'rating_updated',
    'updated_at': 'rating_updated',
    'deleted_at': '(deleted_at)',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'responses', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
