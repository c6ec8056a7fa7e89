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
