{#- What files break of the contract is counted when they land; records of connectors land
    raw and are judged in staging. More than night.max_quarantined_share of a table holds
    the night back here, as it does there. -#}
{{ config(enabled=(var('connectors') | length > 0)) }}

with

judged as (

    {%- for vendor, kinds in connector_feeds().items() %}
    {%- set is_last_vendor = loop.last %}
    {%- for kind, entities in kinds.items() %}
    {%- set is_last_kind = loop.last %}
    {%- for entity in entities %}
    select
        source_system,
        '{{ entity }}' as entity,
        is_put_aside
    from {{ ref('stg_' ~ vendor ~ '__' ~ entity) }}
    {{ 'union all' if not (is_last_vendor and is_last_kind and loop.last) }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}

),

counted as (

    select
        source_system,
        entity,
        count(*) as row_count,
        sum(case when is_put_aside then 1 else 0 end) as put_aside_count
    from judged
    group by source_system, entity

)

select *
from counted
where put_aside_count > row_count * {{ var('max_quarantined_share') }}
