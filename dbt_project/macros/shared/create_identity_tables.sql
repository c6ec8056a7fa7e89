{#- The identity step writes these tables between the two halves of the graph. Before its first run they exist, empty,
    so that every model can be built and tested. A test compares them with what the step writes. -#}
{% macro identity_tables() -%}
    {{ return({
        'customer_record_map': {
            'customer_record_key': 'string',
            'customer_id': 'string',
            'link_rule': 'string',
            'link_score': 'double',
            'linked_at': 'date',
            'cluster_size': 'bigint',
        },
        'customer_id_history': {
            'customer_record_key': 'string',
            'customer_id': 'string',
            'from_run': 'bigint',
            'to_run': 'bigint',
        },
        'customer_record_map_former': {
            'customer_record_key': 'string',
            'customer_id': 'string',
        },
        'customer_merge_log': {
            'merge_key': 'string',
            'event': 'string',
            'survivor_customer_id': 'string',
            'absorbed_customer_id': 'string',
            'records_moved': 'bigint',
            'evidence': 'string',
            'as_of_date': 'date',
            'run_number': 'bigint',
            'logged_at': 'timestamp',
            'link_rule': 'string',
            'match_weight': 'double',
            'record_key_a': 'string',
            'record_key_b': 'string',
        },
        'customer_id_alias': {
            'former_customer_id': 'string',
            'customer_id': 'string',
        },
        'customer_record_pair': {
            'record_key_a': 'string',
            'record_key_b': 'string',
            'link_rule': 'string',
            'link_score': 'double',
            'match_weight': 'double',
            'decision': 'string',
            'refused_because': 'string',
        },
        'customer_record_path': {
            'customer_record_key': 'string',
            'next_record_key': 'string',
            'step_count': 'bigint',
            'link_rule': 'string',
            'link_score': 'double',
            'match_weight': 'double',
            'weakest_match_weight': 'double',
        },
        'identity_run': {
            'run_number': 'bigint',
            'as_of_date': 'date',
            'logged_at': 'timestamp',
            'is_published': 'boolean',
            'record_count': 'bigint',
            'customer_count': 'bigint',
            'link_count': 'bigint',
            'largest_customer_record_count': 'bigint',
            'merge_count': 'bigint',
            'split_count': 'bigint',
            'compared_record_count': 'bigint',
            'changed_record_count': 'bigint',
        },
    }) }}
{%- endmacro %}


{#- A table that an earlier version made gets the columns that it did not have. -#}
{% macro create_identity_tables() -%}
    {% if execute and target.name != 'lint' %}
        {% do run_query('create schema if not exists identity') %}
        {% for table, columns in identity_tables().items() %}
            {% set described = {} %}
            {% for name, data_type in columns.items() %}
                {% do described.update({
                    name: name ~ ' ' ~ (dbt.type_string() if data_type == 'string' else data_type)
                }) %}
            {% endfor %}
            {% do run_query(
                'create table if not exists identity.' ~ table
                ~ ' (' ~ described.values() | join(', ') ~ ')'
            ) %}
            {% set relation = api.Relation.create(schema='identity', identifier=table) %}
            {% set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
            {% for name in columns if name not in there %}
                {% do run_query('alter table identity.' ~ table ~ ' add column ' ~ described[name]) %}
            {% endfor %}
        {% endfor %}
    {% endif %}
{%- endmacro %}
