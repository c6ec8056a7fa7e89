{#- Hashes where engines differ: to draw lots, and to see that a row is another one than before. -#}

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


{#- A number (bigint) that is another one when any of the columns is. It is quick, not secret, and only an engine of the same
    version gives it again. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'evermart')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}

{#- xxhash64 passes NULL over, so that a value could change its column unseen; the text of a struct names the columns. -#}
{% macro spark__row_hash(columns) -%}
    xxhash64(to_json(struct({{ columns | join(', ') }})))
{%- endmacro %}


{#- Aggregate: one number for a set of rows, in whatever order they come. `numbers`: row_hash, or this of their parts. -#}
{% macro sum_of_hashes(numbers) -%}
    sum(cast({{ numbers }} as decimal(38, 0)))
{%- endmacro %}
