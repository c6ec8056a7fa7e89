with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

settings as (

    select * from {{ ref('identity_setting') }}

),

{%- set kinds = [('email', 'email'), ('phone', 'phone'), ('card', 'card_number')] %}

identifiers as (
    {% for identifier_type, column_name in kinds %}
    select
        customer_record_key,
        '{{ identifier_type }}' as identifier_type,
        {{ column_name }} as identifier_value,
        given_key,
        family_key,
        is_contact_from_invite
    from records
    where {{ column_name }} is not null
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

usage as (

    select
        identifier_type,
        identifier_value,
        count(*) as record_count,
        count(
            distinct coalesce(given_key, '') || '|' || coalesce(family_key, '')
        ) filter (where given_key is not null or family_key is not null) as name_count
    from identifiers
    group by identifier_type, identifier_value

),

final as (

    select
        identifiers.customer_record_key,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.given_key,
        identifiers.family_key,
        identifiers.is_contact_from_invite,
        usage.record_count,
        usage.name_count,
        usage.name_count > settings.name_cap
        or usage.record_count > settings.record_cap as is_shared
    from identifiers
    inner join usage
        on
            identifiers.identifier_type = usage.identifier_type
            and identifiers.identifier_value = usage.identifier_value
    cross join settings

)

select * from final
