{#- Exact whole-number arithmetic where engines differ. -#}

{#- A whole number wide enough for the product of two amounts of money in their smallest units. -#}
{% macro wide_integer(expression) -%}
    {{ return(adapter.dispatch('wide_integer', 'evermart')(expression)) }}
{%- endmacro %}

{% macro default__wide_integer(expression) -%}
    cast({{ expression }} as hugeint)
{%- endmacro %}

{% macro spark__wide_integer(expression) -%}
    cast({{ expression }} as decimal(38, 0))
{%- endmacro %}


{#- Whole-number division of two wide integers that are not negative. -#}
{% macro integer_divide(dividend, divisor) -%}
    {{ return(adapter.dispatch('integer_divide', 'evermart')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__integer_divide(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}

{% macro spark__integer_divide(dividend, divisor) -%}
    (({{ dividend }}) div ({{ divisor }}))
{%- endmacro %}
