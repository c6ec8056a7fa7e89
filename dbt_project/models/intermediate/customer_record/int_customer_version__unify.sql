with

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

customer_versions as (

    select * from {{ ref('stg_eshop__customer_versions') }}

),

card_versions as (

    select * from {{ ref('stg_pos__loyalty_card_versions') }}

),

orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

responses as (

    select * from {{ ref('stg_survey__responses') }}

),

reviews as (

    select * from {{ ref('stg_survey__reviews') }}

),

tickets as (

    select * from {{ ref('stg_service__tickets') }}

),

-- The registers: what they say of a person changes.
register_versions as (

    select
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key,
        version_number,
        known_from,
        deleted_at,
        email,
        phone,
        first_name,
        last_name,
        street,
        house_number,
        postcode,
        city,
        country_code,
        language_code,
        is_email_verified,
        is_phone_verified,
        cast(null as boolean) as is_identity_checked
    from customer_versions

    union all

    select
        {{ customer_record_key('source_system', "'loyalty_card'", 'card_number') }}
            as customer_record_key,
        version_number,
        known_from,
        deleted_at,
        email,
        phone,
        first_name,
        last_name,
        street,
        house_number,
        postcode,
        city,
        country_code,
        cast(null as string) as language_code,
        is_email_verified,
        is_phone_verified,
        is_identity_checked
    from card_versions

),

-- A record of which every version is later than the last business date counts with the oldest one
-- from its creation on: nothing else is known of it.
dated_versions as (

    select
        register_versions.*,
        records.source_system,
        records.record_type,
        case
            when
                {{ business_date('register_versions.known_from') }} > {{ as_of_date() }}
                and register_versions.version_number = max(register_versions.version_number) over (
                    partition by register_versions.customer_record_key
                )
                then records.created_at
            else register_versions.known_from
        end as stated_at,
        case
            when {{ business_date('register_versions.deleted_at') }} <= {{ as_of_date() }}
                then {{ business_date('register_versions.deleted_at') }}
        end as deleted_date,
        max(
            case
                when
                    register_versions.version_number = 1
                    and {{ business_date('register_versions.deleted_at') }} <= {{ as_of_date() }}
                    then {{ business_date('register_versions.deleted_at') }}
            end
        ) over (partition by register_versions.customer_record_key) as record_deleted_date
    from register_versions
    inner join records
        on register_versions.customer_record_key = records.customer_record_key

),

known_versions as (

    select
        *,
        {{ business_date('stated_at') }} as valid_from
    from dated_versions
    where {{ business_date('stated_at') }} <= {{ as_of_date() }}

),

followed_versions as (

    select
        *,
        lead(valid_from) over (
            partition by customer_record_key
            order by version_number desc
        ) as next_valid_from,
        lead(deleted_date) over (
            partition by customer_record_key
            order by version_number desc
        ) as next_deleted_date
    from known_versions

),

-- A version holds until the next one, or until the record was deleted.
ended_versions as (

    select
        *,
        least(
            next_valid_from,
            deleted_date,
            next_deleted_date,
            case when next_valid_from is null then record_deleted_date end
        ) as valid_to
    from followed_versions

),

register_keys as (

    select distinct customer_record_key
    from register_versions

),

{%- set once_said = [
    ('orders', 'eshop_guest', "'guest:' || order_id"),
    ('responses', 'survey_respondent', 'response_id'),
    ('reviews', 'review_author', 'review_id'),
    ('tickets', 'support_requester', 'ticket_id'),
] %}

deletions as (
    {% for source_rows, record_type, source_id in once_said %}
    select
        {{ customer_record_key('source_system', "'" ~ record_type ~ "'", source_id) }}
            as customer_record_key,
        {{ business_date('deleted_at') }} as deleted_date
    from {{ source_rows }}
    where deleted_at is not null
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}

),

-- Checkouts, responses, reviews and tickets say what they say once: a later version is a
-- correction of it.
events as (

    select
        records.*,
        {{ business_date('records.created_at') }} as valid_from,
        case when records.is_deleted then deletions.deleted_date end as valid_to
    from records
    left join register_keys
        on records.customer_record_key = register_keys.customer_record_key
    left join deletions
        on records.customer_record_key = deletions.customer_record_key
    where register_keys.customer_record_key is null

),

united as (

    select
        case
            when version_number = 1 then customer_record_key
            else customer_record_key || ':' || cast(version_number as string)
        end as customer_version_key,
        customer_record_key,
        source_system,
        record_type,
        version_number = 1 as is_newest,
        email,
        phone,
        first_name,
        last_name,
        cast(null as string) as full_name,
        street,
        house_number,
        postcode,
        city,
        country_code,
        language_code,
        is_email_verified,
        is_phone_verified,
        is_identity_checked,
        stated_at,
        valid_from,
        valid_to
    from ended_versions

    union all

    select
        customer_record_key as customer_version_key,
        customer_record_key,
        source_system,
        record_type,
        true as is_newest,
        email,
        phone,
        first_name,
        last_name,
        full_name,
        street,
        house_number,
        postcode,
        city,
        country_code,
        language_code,
        is_email_verified,
        cast(null as boolean) as is_phone_verified,
        cast(null as boolean) as is_identity_checked,
        created_at as stated_at,
        valid_from,
        valid_to
    from events

),

-- Of several versions of one day the last one counts; one that never saw the end of a day is none.
final as (

    select * from united
    where valid_to is null or valid_to > valid_from

)

select * from final
