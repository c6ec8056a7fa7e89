with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

identifiers as (

    select * from {{ ref('int_customer_identifier__verify') }}

),

{%- set kinds = ['email', 'phone', 'card', 'birth_date', 'name', 'address'] %}

final as (
    {% for kind in kinds %}
    select
        customer_record_key,
        source_system,
        '{{ kind }}' as identifier_type,
        {{ kind }}_raw as raw_value,
        {{ kind }}_dropped_reason as dropped_reason
    from records
    where {{ kind }}_dropped_reason is not null

    union all
    {% endfor %}
    select
        identifiers.customer_record_key,
        records.source_system,
        identifiers.identifier_type,
        identifiers.identifier_value as raw_value,
        'shared: more names or records than one person or family has' as dropped_reason
    from identifiers
    inner join records
        on identifiers.customer_record_key = records.customer_record_key
    where identifiers.is_shared

)

select * from final
