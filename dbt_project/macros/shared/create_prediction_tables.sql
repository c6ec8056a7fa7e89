{#- The prediction step writes these tables between what is counted of a customer and the marts that show it. Before its
    first run they exist, empty, so that every model can be built and tested. A test compares them with what the step
    writes. -#}
{% macro prediction_tables() -%}
    {{ return({
        'prediction_model': {
            'model_code': 'string',
            'is_fitted': 'boolean',
            'not_fitted_reason': 'string',
            'customers': 'bigint',
            'repeat_customers': 'bigint',
            'r': 'double',
            'alpha_weeks': 'double',
            'a': 'double',
            'b': 'double',
            'p': 'double',
            'q': 'double',
            'v': 'double',
            'log_likelihood': 'double',
            'spend_correlation': 'double',
        },
        'customer_prediction': {
            'customer_id': 'string',
            'alive_probability_bg_nbd': 'double',
            'alive_probability_mbg_nbd': 'double',
            'expected_purchases_bg_nbd': 'double',
            'expected_purchases_mbg_nbd': 'double',
            'expected_spend': 'double',
        },
    }) }}
{%- endmacro %}


{% macro create_prediction_tables() -%}
    {% if execute and target.name != 'lint' %}
        {% do run_query('create schema if not exists prediction') %}
        {% for table, columns in prediction_tables().items() %}
            {% set described = [] %}
            {% for name, data_type in columns.items() %}
                {% do described.append(
                    name ~ ' ' ~ (dbt.type_string() if data_type == 'string' else data_type)
                ) %}
            {% endfor %}
            {% do run_query(
                'create table if not exists prediction.' ~ table ~ ' (' ~ described | join(', ') ~ ')'
            ) %}
        {% endfor %}
        {#- A hook without text of its own is rolled back by dbt at its end. -#}
        {% if target.type == 'duckdb' %}
            {% do run_query('commit') %}
            {% do run_query('begin transaction') %}
        {% endif %}
    {% endif %}
{%- endmacro %}
