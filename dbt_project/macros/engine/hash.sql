{#- Drawing lots where engines differ. -#}

{#- A number from 0 to 9999 that depends on nothing but a text: the same on every night and on every engine. -#}
{% macro lot_number(expression) -%}
    {{ return(adapter.dispatch('lot_number', 'evermart')(expression)) }}
{%- endmacro %}

{% macro default__lot_number(expression) -%}
    (cast('0x' || substr(md5({{ expression }}), 1, 8) as bigint) % 10000)
{%- endmacro %}

{% macro spark__lot_number(expression) -%}
    (cast(conv(substr(md5({{ expression }}), 1, 8), 16, 10) as bigint) % 10000)
{%- endmacro %}
