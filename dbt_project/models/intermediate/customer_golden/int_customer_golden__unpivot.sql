{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_golden__digest'), 'customer_id') }}",
) }}

with

elected as (

    select * from {{ ref('int_customer_golden__elect') }}

),

customers as (

    {{ changed_keys(ref('int_customer_golden__digest'), 'customer_id') }}

),

versions as (

    select * from {{ ref('int_customer_version__describe') }}

),

{%- set groups = golden_groups() %}

changed as (

    select elected.*
    from elected
    inner join customers
        on
            elected.customer_id = customers.customer_id
            and elected.input_digest = customers.input_digest

),

final as (
    {% for attribute_group, spec in groups.items() %}
    {%- set is_last_group = loop.last %}
    {%- for attribute in spec.attributes %}
    select
        changed.customer_id,
        '{{ attribute }}' as attribute,
        versions.{{ attribute }} as attribute_value,
        changed.source_system,
        changed.record_type,
        changed.customer_record_key,
        changed.evidence,
        changed.survivorship_rule,
        changed.valid_to is null as is_current,
        changed.stated_date,
        changed.valid_from,
        changed.valid_to,
        changed.input_digest
    from changed
    inner join versions
        on changed.customer_version_key = versions.customer_version_key
    where
        changed.attribute_group = '{{ attribute_group }}'
        and versions.{{ attribute }} is not null
    {%- if not (loop.last and is_last_group) %}

    union all
    {% endif %}
    {%- endfor %}
    {%- endfor %}

)

select * from final
