{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_version__digest'), 'customer_record_key') }}",
) }}

with

versions as (

    select * from {{ ref('int_customer_version__describe') }}

),

records as (

    {{ changed_keys(ref('int_customer_version__digest'), 'customer_record_key') }}

),

described as (

    select
        versions.*,
        records.input_digest
    from versions
    inner join records
        on versions.customer_record_key = records.customer_record_key

),

counted as (

    select
        customer_record_key,
        count(*) as versions
    from described
    group by customer_record_key

),

-- Most records have one version, which has no other to be put together with.
single_versions as (

    select described.*
    from described
    inner join counted
        on described.customer_record_key = counted.customer_record_key
    where counted.versions = 1

),

repeated_versions as (

    select described.*
    from described
    inner join counted
        on described.customer_record_key = counted.customer_record_key
    where counted.versions > 1

),

{%- set groups = golden_groups() %}

{% for kind in ['single', 'repeated'] %}
{{ kind }}_statements as (
    {% for attribute_group, spec in groups.items() %}
    select
        customer_record_key,
        source_system,
        record_type,
        '{{ attribute_group }}' as attribute_group,
        {{ golden_text(spec.attributes) }} as value_text,
        {{ spec.same or spec.attributes[0] }} as same_value,
        {{ spec.complete or 'true' }} as is_complete,
        {{ spec.verified or 'false' }} as is_verified,
        customer_version_key,
        stated_at,
        valid_from,
        valid_to,
        input_digest
    from {{ kind }}_versions
    where {{ spec.given or 'coalesce(' ~ (spec.attributes | join(', ')) ~ ", '') <> ''" }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

{% endfor %}
marked as (

    select
        *,
        case
            when
                lag(value_text) over of_record = value_text
                and lag(is_verified) over of_record = is_verified
                and lag(valid_to) over of_record = valid_from
                then 0
            else 1
        end as is_start
    from repeated_statements
    window of_record as (
        partition by customer_record_key, attribute_group order by valid_from
    )

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by customer_record_key, attribute_group
            order by valid_from
            rows between unbounded preceding and current row
        ) as spell_number
    from marked

),

spells as (

    select
        customer_record_key,
        source_system,
        record_type,
        attribute_group,
        value_text,
        same_value,
        is_complete,
        is_verified,
        max(case when is_start = 1 then customer_version_key end) as customer_version_key,
        min(stated_at) as stated_at,
        min(valid_from) as valid_from,
        case when count(valid_to) = count(*) then max(valid_to) end as valid_to,
        input_digest
    from numbered
    group by
        customer_record_key,
        source_system,
        record_type,
        attribute_group,
        value_text,
        same_value,
        is_complete,
        is_verified,
        spell_number,
        input_digest

),

final as (

    select * from single_statements
    union all
    select * from spells

)

select * from final
