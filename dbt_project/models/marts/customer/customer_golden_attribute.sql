{{ config(schema='personal') }}

with

elected as (

    select * from {{ ref('int_customer_golden__elect') }}

),

versions as (

    select * from {{ ref('int_customer_version__describe') }}

),

{%- set groups = golden_groups() %}

final as (
    {% for attribute_group, spec in groups.items() %}
    {%- set is_last_group = loop.last %}
    {%- for attribute in spec.attributes %}
    select
        elected.customer_id,
        '{{ attribute }}' as attribute,
        versions.{{ attribute }} as attribute_value,
        elected.source_system,
        elected.record_type,
        elected.customer_record_key,
        elected.evidence,
        elected.survivorship_rule,
        elected.valid_to is null as is_current,
        elected.stated_date,
        elected.valid_from,
        elected.valid_to
    from elected
    inner join versions
        on elected.customer_version_key = versions.customer_version_key
    where elected.attribute_group = '{{ attribute_group }}' and versions.{{ attribute }} is not null
    {%- if not (loop.last and is_last_group) %}

    union all
    {% endif %}
    {%- endfor %}
    {%- endfor %}

)

select * from final
