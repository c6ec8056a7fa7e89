{#- What has been exported is written by `evermart export` and kept for ever: it is the memory of who was contacted.
    A test compares this table with the one that the command writes to. -#}
{% macro contact_tables() -%}
    {{ return({
        'audience_export': {
            'export_id': 'string',
            'audience_code': 'string',
            'audience_key': 'string',
            'customer_id': 'string',
            'contact_channel': 'string',
            'contact_date': 'date',
            'exported_at': 'timestamp',
        },
    }) }}
{%- endmacro %}


{% macro create_contact_tables() -%}
    {% if execute and target.name != 'lint' %}
        {% do run_query('create schema if not exists contact') %}
        {% for table, columns in contact_tables().items() %}
            {% set described = [] %}
            {% for name, data_type in columns.items() %}
                {% do described.append(
                    name ~ ' ' ~ (dbt.type_string() if data_type == 'string' else data_type)
                ) %}
            {% endfor %}
            {% do run_query(
                'create table if not exists contact.' ~ table ~ ' (' ~ described | join(', ') ~ ')'
            ) %}
        {% endfor %}
        {#- A hook without text of its own is rolled back by dbt at its end. -#}
        {% if target.type == 'duckdb' %}
            {% do run_query('commit') %}
            {% do run_query('begin transaction') %}
        {% endif %}
    {% endif %}
{%- endmacro %}
