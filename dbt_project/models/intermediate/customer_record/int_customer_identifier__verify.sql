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
        '{{ identifier_type }}' as identifier_type,
        {{ column_name }} as identifier_value,
        given_key,
        family_key
    from records
    where {{ column_name }} is not null
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

-- Whatever has more names than one family has as many records: the names of the rest need no count.
frequent as (

    select
        identifiers.identifier_type,
        identifiers.identifier_value
    from identifiers
    cross join settings
    group by identifiers.identifier_type, identifiers.identifier_value
    having count(*) > least(min(settings.name_cap), min(settings.record_cap))

),

usage as (

    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        count(*) as record_count,
        count(
            distinct
            coalesce(identifiers.given_key, '') || '|' || coalesce(identifiers.family_key, '')
        ) filter (where identifiers.given_key is not null or identifiers.family_key is not null)
            as name_count
    from identifiers
    inner join frequent
        on
            identifiers.identifier_type = frequent.identifier_type
            and identifiers.identifier_value = frequent.identifier_value
    group by identifiers.identifier_type, identifiers.identifier_value

),

final as (

    select
        usage.identifier_type,
        usage.identifier_value,
        usage.record_count,
        usage.name_count
    from usage
    cross join settings
    where usage.name_count > settings.name_cap or usage.record_count > settings.record_cap

)

select * from final
