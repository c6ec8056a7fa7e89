{#- Who was asked to rate a ticket, once per ticket, whether or not a rating came. -#}
with

placed as (

    {{ zendesk_rated('asked_number') }}

),

{%- set mapping = {
    'invite_id': 'rated_ticket',
    'survey_id': "'satisfaction'",
    'email': 'person_email',
    'phone': 'person_phone',
    'card_number': 'known_card_number',
    'order_id': 'field_order_id',
    'sent_at': 'rating_created',
    'invite_status': "'sent'",
    'updated_at': 'rating_created',
} %}

judged as (

    {{ to_contract('placed', 'survey', 'invites', mapping) }}

),

final as (

    {{ newest_good('judged') }}

)

select * from final
