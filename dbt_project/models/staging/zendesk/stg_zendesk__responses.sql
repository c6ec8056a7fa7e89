{#- A ticket has one answer, the newest rating: a requester may change it until the ticket is
    closed. -#}
with

rating_records as (

    select * from {{ source('zendesk', 'satisfaction_ratings') }}

),

ticket_records as (

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

ratings as (

    {{ zendesk_ratings('rating_records') }}

),

people as (

    {{ zendesk_people('user_records', 'user_field_records') }}

),

tickets as (

    {{ newest_records('ticket_records') }}

),

field_values as (

    {{ zendesk_field_values('tickets', 'ticket_field_records') }}

),

placed as (

    select
        ratings.*,
        ratings.rated_ticket as row_id,
        ratings.record as payload,
        people.person_email,
        people.person_phone,
        people.person_language,
        coalesce(field_values.field_card_number, people.person_card_number) as known_card_number,
        field_values.field_order_id,
        field_values.field_store_id
    from ratings
    left join people
        on
            ratings.source_system = people.source_system
            and ratings.rating_person = people.person
    left join field_values
        on
            ratings.source_system = field_values.source_system
            and ratings.rated_ticket = field_values.record_id
    where ratings.answer_number = 1

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
