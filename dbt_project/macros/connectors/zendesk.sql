{#- What several of Zendesk's staging models are made of: the persons, the fields that the settings name, the ratings. -#}

{#- The columns of the contract that a ticket field may hold. -#}
{% macro zendesk_ticket_roles() -%}
    {{ return([
        'card_number', 'customer_id', 'order_id', 'product_id', 'response_id', 'review_id', 'store_id', 'topic',
    ]) }}
{%- endmacro %}


{#- A query with one row per source system and living end user: how to reach the person, and by what the shop knows
    them. A phone number that Zendesk says is shared tells nobody apart. Who was deleted is not to be known again; of
    two users that were merged, the tickets have moved to the one that lives. Where Zendesk knows no name it writes the
    address or the number in its place (Caller +30 210 1234567), which is none. -#}
{% macro zendesk_people(users, user_fields) -%}
    {%- set fields = {
        'person': '$.id',
        'person_role': '$.role',
        'person_email': '$.email',
        'shown_name': '$.name',
        'person_phone': '$.phone',
        'is_shared_phone': '$.shared_phone_number',
        'is_active': '$.active',
        'locale': '$.locale',
        'external_id': '$.external_id',
        'field_values': '$.user_fields',
    } -%}
with

newest_users as (

    {{ newest_records(users) }}

),

newest_fields as (

    {{ newest_records(user_fields) }}

),

people as (

    {{ json_fields('newest_users', 'record', fields, ['source_system', 'deleted_at']) }}

),

known_fields as (

    {{ json_fields(
        'newest_fields', 'record', {'field_key': '$.key', 'field_role': '$._role'},
        ['source_system', 'deleted_at']
    ) }}

),

written as (

    {{ json_entries('people', 'field_values', ['source_system', 'person']) }}

),

given as (

    select
        source_system,
        person,
        entry_name,
        entry_value
    from written

    union all

    select
        source_system,
        person,
        'external_id' as entry_name,
        external_id as entry_value
    from people

),

known as (

    select
        given.source_system,
        given.person,
        max(case when known_fields.field_role = 'customer_id' then trim(given.entry_value) end)
            as person_customer_id,
        max(case when known_fields.field_role = 'card_number' then trim(given.entry_value) end)
            as person_card_number
    from given
    inner join known_fields
        on
            given.source_system = known_fields.source_system
            and given.entry_name = known_fields.field_key
            and known_fields.deleted_at is null
    group by given.source_system, given.person

)

select
    people.source_system,
    people.person,
    nullif(people.person_email, '') as person_email,
    case
        when
            people.shown_name not like '%@%'
            and lower(people.shown_name) not like 'caller%'
            and lower(people.shown_name) not like 'visitor %'
            and regexp_extract(people.shown_name, '[^0-9+(). -]', 0) <> ''
            then trim(people.shown_name)
    end as person_name,
    case when coalesce(people.is_shared_phone, 'false') <> 'true' then nullif(people.person_phone, '') end
        as person_phone,
    nullif(known.person_customer_id, '') as person_customer_id,
    nullif(known.person_card_number, '') as person_card_number,
    lower(nullif(split_part(people.locale, '-', 1), '')) as person_language
from people
left join known
    on people.source_system = known.source_system and people.person = known.person
where
    people.deleted_at is null
    and people.person_role = 'end-user'
    and coalesce(people.is_active, 'true') = 'true'
{%- endmacro %}


{#- A query with one row per version of a ticket in which a named field is filled: `field_<role>` as text. People write
    the sign of a number before it (#1042). Of a list to choose from, the topic is the option's words, all else its tag. -#}
{% macro zendesk_field_values(tickets, ticket_fields) -%}
with

newest_fields as (

    {{ newest_records(ticket_fields) }}

),

roles as (

    {{ json_fields(
        'newest_fields', 'record', {'field_id': '$.id', 'field_role': '$._role'},
        ['source_system', 'deleted_at', 'record']
    ) }}

),

named as (

    select * from roles
    where field_role is not null and deleted_at is null

),

option_items as (

    {{ json_items(
        'named', 'record', '$.custom_field_options', ['source_system', 'field_id']
    ) }}

),

options as (

    {{ json_fields(
        'option_items', 'item', {'option_name': '$.name', 'option_value': '$.value'},
        ['source_system', 'field_id']
    ) }}

),

filled_items as (

    {{ json_items(
        tickets, 'record', '$.custom_fields', ['source_system', 'record_id', 'version']
    ) }}

),

filled as (

    {{ json_fields(
        'filled_items', 'item', {'field_id': '$.id', 'field_text': '$.value'},
        ['source_system', 'record_id', 'version']
    ) }}

),

valued as (

    select
        filled.source_system,
        filled.record_id,
        filled.version,
        named.field_role,
        case
            when named.field_role = 'topic' then coalesce(options.option_name, filled.field_text)
            when trim(filled.field_text) like '#%' then trim(substr(trim(filled.field_text), 2))
            else trim(filled.field_text)
        end as field_value
    from filled
    inner join named
        on filled.source_system = named.source_system and filled.field_id = named.field_id
    left join options
        on
            filled.source_system = options.source_system
            and filled.field_id = options.field_id
            and filled.field_text = options.option_value

)

select
    source_system,
    record_id,
    version
    {%- for role in zendesk_ticket_roles() %},
    max(case when field_role = '{{ role }}' then nullif(field_value, '') end) as field_{{ role }}
    {%- endfor %}
from valued
group by source_system, record_id, version
{%- endmacro %}


{#- A query with the ratings in their newest version, those that were given and those that were asked for.
    answer_number: 1 for the answer that counts: the newest one of a ticket that lives. NULL for what is no answer.
    asked_number: 1 for the first time that a ticket's requester was asked. NULL for what was never asked, or is gone. -#}
{% macro zendesk_ratings(ratings) -%}
with

newest_ratings as (

    {{ newest_records(ratings) }}

),

parsed as (

    {{ json_fields(
        'newest_ratings', 'record',
        {
            'rated_ticket': '$.ticket_id',
            'rating_person': '$.requester_id',
            'rating_score': '$.score',
            'rating_comment': '$.comment',
            'rating_reason': '$.reason',
            'rating_created': '$.created_at',
            'rating_updated': '$.updated_at',
        },
        raw_columns() + ['record']
    ) }}

),

told as (

    select
        *,
        case when rating_score like 'good%' then 1 when rating_score like 'bad%' then 0 end
            as given_score,
        deleted_at is null and rating_score <> 'unoffered' as is_asked
    from parsed

)

select
    *,
    case
        when given_score is not null
            then
                row_number() over (
                    partition by source_system, rated_ticket, given_score is not null
                    order by
                        case when deleted_at is null then 0 else 1 end,
                        rating_updated desc,
                        length(record_id) desc,
                        record_id desc
                )
    end as answer_number,
    case
        when is_asked
            then
                row_number() over (
                    partition by source_system, rated_ticket, is_asked
                    order by rating_created, length(record_id), record_id
                )
    end as asked_number
from told
{%- endmacro %}


{#- A query with the ratings that have number 1 in `number` (answer_number or asked_number), one per ticket, ready for the
    contract: whose ticket it is, and what the settings' fields of the ticket say of it. -#}
{% macro zendesk_rated(number) -%}
with

ratings as (

    {{ zendesk_ratings(source('zendesk', 'satisfaction_ratings')) }}

),

people as (

    {{ zendesk_people(source('zendesk', 'users'), source('zendesk', 'user_fields')) }}

),

tickets as (

    {{ newest_records(source('zendesk', 'tickets')) }}

),

field_values as (

    {{ zendesk_field_values('tickets', source('zendesk', 'ticket_fields')) }}

)

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
where ratings.{{ number }} = 1
{%- endmacro %}
