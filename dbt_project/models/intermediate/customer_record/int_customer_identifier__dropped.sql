with

records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

shared as (

    select * from {{ ref('int_customer_identifier__verify') }}

),

{%- set kinds = ['email', 'phone', 'card', 'birth_date', 'name', 'address'] %}
{%- set identifiers = [('email', 'email'), ('phone', 'phone'), ('card', 'card_number')] %}

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
    {%- for identifier_type, column_name in identifiers %}
    select
        records.customer_record_key,
        records.source_system,
        shared.identifier_type,
        shared.identifier_value as raw_value,
        'shared: more names or records than one person or family has' as dropped_reason
    from records
    inner join shared
        on
            records.{{ column_name }} = shared.identifier_value
            and shared.identifier_type = '{{ identifier_type }}'
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

)

select * from final
