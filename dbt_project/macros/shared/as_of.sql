{#- The night's own clock. No model asks what time it is. -#}

{#- The last business date that counts. -#}
{% macro as_of_date() -%}
    cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}


{#- The first instant that counts no more: the end of the last business date. -#}
{% macro as_of_end() -%}
    {{ business_day_start(add_days(as_of_date(), 1)) }}
{%- endmacro %}


{#- Instants before and after all others, for what has no beginning or no end. -#}
{% macro beginning_of_time() -%}
    cast('1900-01-01 00:00:00' as timestamp)
{%- endmacro %}

{% macro end_of_time() -%}
    cast('9999-01-01 00:00:00' as timestamp)
{%- endmacro %}

{#- The date after all others. -#}
{% macro end_of_days() -%}
    cast('9999-12-31' as date)
{%- endmacro %}
