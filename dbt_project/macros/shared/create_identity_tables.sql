{#- The identity step writes these tables between the two halves of the graph. Before its first run they exist, empty,
    so that every model can be built and tested. -#}
{% macro create_identity_tables() -%}
    {% if execute and target.name != 'lint' %}
        {% do run_query('create schema if not exists identity') %}
        {% do run_query(
            'create table if not exists identity.customer_record_map ('
            ~ 'customer_record_key ' ~ dbt.type_string() ~ ', customer_id ' ~ dbt.type_string()
            ~ ', link_rule ' ~ dbt.type_string() ~ ', link_score double, linked_at date, cluster_size bigint)'
        ) %}
        {% do run_query(
            'create table if not exists identity.customer_merge_log ('
            ~ 'merge_key ' ~ dbt.type_string() ~ ', event ' ~ dbt.type_string()
            ~ ', survivor_customer_id ' ~ dbt.type_string() ~ ', absorbed_customer_id ' ~ dbt.type_string()
            ~ ', records_moved bigint, evidence ' ~ dbt.type_string()
            ~ ', as_of_date date, run_number bigint, logged_at timestamp)'
        ) %}
        {% do run_query(
            'create table if not exists identity.customer_id_alias ('
            ~ 'former_customer_id ' ~ dbt.type_string() ~ ', customer_id ' ~ dbt.type_string() ~ ')'
        ) %}
    {% endif %}
{%- endmacro %}
