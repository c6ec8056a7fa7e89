{#- An amount of Medusa, which has as many places as came of percentages, in the places of its currency. -#}
{% macro medusa_money(expression) -%}
    {{ round_money('try_cast(' ~ expression ~ ' as decimal(28, 10))', 'minor_units') }}
{%- endmacro %}


{#- The newest version of every order with what its parts need: currency, places, and whether its prices hold tax, which
    Medusa says of each line. -#}
{% macro medusa_orders(relation, currencies) -%}
    select
        {% for column in raw_columns() -%}
        parsed.{{ column }},
        {% endfor -%}
        parsed.record,
        parsed.updated,
        upper(parsed.currency) as currency,
        parsed.first_inclusive = 'true' as has_tax_inside,
        coalesce({{ currencies }}.minor_units, 2) as minor_units
    from (
        {{ json_fields(
            '(' ~ newest_records(relation) ~ ') as newest',
            'record',
            {
                'updated': '$.updated_at',
                'currency': '$.currency_code',
                'first_inclusive': '$.items[0].is_tax_inclusive',
            },
            raw_columns() + ['record']
        ) }}
    ) as parsed
    left join {{ currencies }}
        on upper(parsed.currency) = {{ currencies }}.currency_code
{%- endmacro %}
