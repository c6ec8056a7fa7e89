{#- Creates, empty, the tables of a step that is not dbt's, so that every model can be built and tested before its first
    run. A table that an earlier version made gets the columns that it did not have. -#}
{% macro create_step_tables(schema, tables) -%}
    {% if execute and target.name != 'lint' %}
        {% do run_query('create schema if not exists ' ~ schema) %}
        {% for table, columns in tables.items() %}
            {% set described = {} %}
            {% for name, data_type in columns.items() %}
                {% do described.update({
                    name: name ~ ' ' ~ (dbt.type_string() if data_type == 'string' else data_type)
                }) %}
            {% endfor %}
            {% do run_query(
                'create table if not exists ' ~ schema ~ '.' ~ table
                ~ ' (' ~ described.values() | join(', ') ~ ')'
            ) %}
            {% set relation = api.Relation.create(schema=schema, identifier=table) %}
            {% set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
            {% for name in columns if name not in there %}
                {% do run_query('alter table ' ~ schema ~ '.' ~ table ~ ' add column ' ~ described[name]) %}
            {% endfor %}
        {% endfor %}
        {#- A hook without text of its own is rolled back by dbt at its end. -#}
        {% if target.type == 'duckdb' %}
            {% do run_query('commit') %}
            {% do run_query('begin transaction') %}
        {% endif %}
    {% endif %}
{%- endmacro %}
