{#-
    A query with the movements of one type: the columns of the ledger that `given` names, the others NULL. The relation
    has member_number, rule_version and occurred_at.
-#}
{% macro points_movement(movement_type, relation, given) -%}
    {%- set types = {
        'movement_id': 'string',
        'lot_id': 'string',
        'order_key': 'string',
        'order_line_key': 'string',
        'refund_line_key': 'string',
        'payment_key': 'string',
        'loyalty_event_key': 'string',
        'points': 'bigint',
        'points_per_unit': 'decimal(9, 4)',
        'base_amount_reporting': 'decimal(18, 4)',
        'amount_reporting': 'decimal(18, 4)',
        'movement_date': 'date',
    } -%}
    select
        member_number,
        '{{ movement_type }}' as movement_type,
        rule_version,
        {%- for column_name, type in types.items() %}
        cast({{ given.get(column_name, 'null') }} as {{ type }}) as {{ column_name }},
        {%- endfor %}
        occurred_at
    from {{ relation }}
{%- endmacro %}
