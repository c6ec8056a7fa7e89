with

customers as (

    select * from {{ ref('stg_eshop__customers') }}

),

orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

cards as (

    select * from {{ ref('stg_pos__loyalty_cards') }}

),

sales as (

    select * from {{ ref('stg_pos__sales') }}

),

returns as (

    select * from {{ ref('stg_pos__returns') }}

),

responses as (

    select * from {{ ref('stg_survey__responses') }}

),

invites as (

    select * from {{ ref('stg_survey__invites') }}

),

reviews as (

    select * from {{ ref('stg_survey__reviews') }}

),

tickets as (

    select * from {{ ref('stg_service__tickets') }}

),

order_references as (

    select * from {{ ref('int_customer_reference__resolve') }}

),

-- An account, a guest that the shop keeps as a record, or a contact of a mailing tool. All have the
-- key of an account, since orders, consents and messages name them alike.
accounts as (

    select
        source_system,
        'eshop_account' as key_type,
        case
            when is_subscriber then 'subscriber'
            when is_guest then 'eshop_guest'
            else 'eshop_account'
        end as record_type,
        customer_id as source_id,
        email,
        phone,
        first_name,
        last_name,
        birth_date,
        birth_date_text,
        birth_year,
        gender,
        loyalty_card_number,
        street,
        house_number,
        postcode,
        city,
        country_code,
        language_code,
        is_email_verified,
        created_at,
        deleted_at
    from customers

),

-- Customers that orders name and that the shop's export of customers does not hold.
unlisted_accounts as (

    select
        orders.source_system,
        'eshop_account' as key_type,
        'eshop_account' as record_type,
        orders.customer_id as source_id,
        min(orders.country_code) as country_code,
        min(orders.ordered_at) as created_at
    from orders
    left join customers
        on
            orders.source_system = customers.source_system
            and orders.customer_id = customers.customer_id
    where customers.customer_id is null and {{ is_given('orders.customer_id') }}
    group by orders.source_system, orders.customer_id

),

guests as (

    select
        source_system,
        'eshop_guest' as key_type,
        'eshop_guest' as record_type,
        'guest:' || order_id as source_id,
        guest_email as email,
        guest_phone as phone,
        guest_first_name as first_name,
        guest_last_name as last_name,
        guest_loyalty_card_number as loyalty_card_number,
        guest_street as street,
        guest_house_number as house_number,
        guest_postcode as postcode,
        guest_city as city,
        country_code,
        ordered_at as created_at,
        deleted_at
    from orders
    where not {{ is_given('customer_id') }} and {{ has_guest_contact() }}

),

registered_cards as (

    select
        source_system,
        'loyalty_card' as key_type,
        'loyalty_card' as record_type,
        card_number as source_id,
        email,
        phone,
        first_name,
        last_name,
        birth_date,
        birth_date_text,
        birth_year,
        gender,
        card_number as loyalty_card_number,
        coalesce(card_status, 'active') as card_status,
        street,
        house_number,
        postcode,
        city,
        country_code,
        registered_at as created_at,
        deleted_at
    from cards

),

cards_shown as (

    select
        source_system,
        card_number,
        sold_at as shown_at
    from sales

    union all

    select
        source_system,
        card_number,
        returned_at as shown_at
    from returns

),

-- Cards that were shown at a till and never registered.
unregistered_cards as (

    select
        cards_shown.source_system,
        'loyalty_card' as key_type,
        'loyalty_card' as record_type,
        cards_shown.card_number as source_id,
        cards_shown.card_number as loyalty_card_number,
        min(cards_shown.shown_at) as created_at
    from cards_shown
    left join cards
        on
            cards_shown.source_system = cards.source_system
            and cards_shown.card_number = cards.card_number
    where cards.card_number is null and {{ is_given('cards_shown.card_number') }}
    group by cards_shown.source_system, cards_shown.card_number

),

-- A response without a contact of its own has the contact that its invite was sent to.
response_contacts as (

    select
        responses.*,
        invites.email as invite_email,
        invites.phone as invite_phone,
        invites.card_number as invite_card_number,
        invites.invite_id is not null
        and not (
            {{ is_given('responses.email') }}
            or {{ is_given('responses.phone') }}
            or {{ is_given('responses.card_number') }}
        ) as is_contact_from_invite
    from responses
    left join invites
        on
            responses.source_system = invites.source_system
            and responses.invite_id = invites.invite_id

),

respondents as (

    select
        source_system,
        'survey_respondent' as key_type,
        'survey_respondent' as record_type,
        response_id as source_id,
        case when is_contact_from_invite then invite_email else email end as email,
        case when is_contact_from_invite then invite_phone else phone end as phone,
        first_name,
        last_name,
        case when is_contact_from_invite then invite_card_number else card_number end
            as loyalty_card_number,
        gender,
        birth_date,
        birth_date_text,
        birth_year,
        postcode,
        city,
        country_code,
        language_code,
        is_contact_from_invite,
        submitted_at as created_at,
        deleted_at
    from response_contacts

),

authors as (

    select
        source_system,
        'review_author' as key_type,
        'review_author' as record_type,
        review_id as source_id,
        author_email as email,
        author_name as full_name,
        language_code,
        published_at as created_at,
        deleted_at
    from reviews

),

-- The requester of a case that the retailer opened is the person whom it is about.
requesters as (

    select
        source_system,
        'support_requester' as key_type,
        'support_requester' as record_type,
        ticket_id as source_id,
        email,
        phone,
        requester_name as full_name,
        card_number as loyalty_card_number,
        language_code,
        opened_at as created_at,
        deleted_at
    from tickets

),

{%- set text_columns = [
    'email', 'phone', 'first_name', 'last_name', 'full_name', 'gender', 'loyalty_card_number',
    'card_status', 'street', 'house_number', 'postcode', 'city', 'country_code', 'language_code', 'birth_date_text',
] %}
{%- set given = {
    'accounts': [
        'email', 'phone', 'first_name', 'last_name', 'gender', 'loyalty_card_number', 'street', 'house_number',
        'postcode', 'city', 'country_code', 'language_code', 'birth_date', 'birth_date_text', 'birth_year',
        'is_email_verified', 'deleted_at',
    ],
    'unlisted_accounts': ['country_code'],
    'guests': [
        'email', 'phone', 'first_name', 'last_name', 'loyalty_card_number', 'street', 'house_number', 'postcode', 'city',
        'country_code', 'deleted_at',
    ],
    'registered_cards': [
        'email', 'phone', 'first_name', 'last_name', 'gender', 'loyalty_card_number', 'card_status', 'street',
        'house_number', 'postcode', 'city', 'country_code', 'birth_date', 'birth_date_text', 'birth_year', 'deleted_at',
    ],
    'unregistered_cards': ['loyalty_card_number'],
    'respondents': [
        'email', 'phone', 'first_name', 'last_name', 'gender', 'birth_date', 'birth_date_text', 'birth_year',
        'loyalty_card_number', 'postcode', 'city', 'country_code', 'language_code', 'is_contact_from_invite',
        'deleted_at',
    ],
    'authors': ['email', 'full_name', 'language_code', 'deleted_at'],
    'requesters': ['email', 'phone', 'full_name', 'loyalty_card_number', 'language_code', 'deleted_at'],
} %}

records as (
    {% for relation, columns in given.items() %}
    select
        source_system,
        key_type,
        record_type,
        source_id,
        {%- for column_name in text_columns %}
        {{ column_name if column_name in columns else 'cast(null as string)' }}
            as {{ column_name }},
        {%- endfor %}
        {{ 'birth_date' if 'birth_date' in columns else 'cast(null as date)' }} as birth_date,
        {{ 'birth_year' if 'birth_year' in columns else 'cast(null as bigint)' }} as birth_year,
        {{ 'is_email_verified' if 'is_email_verified' in columns else 'cast(null as boolean)' }}
            as is_email_verified,
        {{ 'is_contact_from_invite' if 'is_contact_from_invite' in columns else 'false' }}
            as is_contact_from_invite,
        created_at,
        {{ 'deleted_at' if 'deleted_at' in columns else 'cast(null as timestamp)' }} as deleted_at
    from {{ relation }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

keyed as (

    select
        *,
        {{ customer_record_key('source_system', 'key_type', 'source_id') }} as customer_record_key
    from records
    where {{ business_date('created_at') }} <= {{ as_of_date() }}

),

final as (

    select
        keyed.customer_record_key,
        keyed.source_system,
        keyed.record_type,
        keyed.source_id,
        keyed.email,
        keyed.phone,
        keyed.first_name,
        keyed.last_name,
        keyed.full_name,
        keyed.birth_date,
        keyed.birth_date_text,
        keyed.birth_year,
        keyed.gender,
        keyed.loyalty_card_number,
        keyed.card_status,
        keyed.street,
        keyed.house_number,
        keyed.postcode,
        keyed.city,
        coalesce(keyed.country_code, order_references.country_code) as country_code,
        keyed.language_code,
        keyed.is_email_verified,
        keyed.is_contact_from_invite,
        keyed.created_at,
        coalesce({{ business_date('keyed.deleted_at') }} <= {{ as_of_date() }}, false)
            as is_deleted
    from keyed
    left join order_references
        on keyed.customer_record_key = order_references.customer_record_key

)

select * from final
