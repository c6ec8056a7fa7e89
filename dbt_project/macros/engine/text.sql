{#- Text and JSON where engines differ. -#}

{#- Values of a group joined into one text, in a stated order. -#}
{% macro ordered_list(expression, separator, order_by) -%}
    {{ return(adapter.dispatch('ordered_list', 'evermart')(expression, separator, order_by)) }}
{%- endmacro %}

{% macro default__ordered_list(expression, separator, order_by) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__ordered_list(expression, separator, order_by) -%}
    array_join(
        transform(array_sort(collect_list(struct({{ order_by }}, {{ expression }} as listed))), x -> x.listed),
        '{{ separator }}'
    )
{%- endmacro %}


{#- A query with one row per value of flat JSON objects: the columns named in `keep`, and `json_value` as text. -#}
{% macro json_values(relation, json_column, keep) -%}
    {{ return(adapter.dispatch('json_values', 'evermart')(relation, json_column, keep)) }}
{%- endmacro %}

{% macro default__json_values(relation, json_column, keep) -%}
    select
        {{ keep | join(', ') }},
        unnest(json_extract_string({{ json_column }}, '$.*')) as json_value
    from {{ relation }}
{%- endmacro %}

{% macro spark__json_values(relation, json_column, keep) -%}
    select
        {{ keep | join(', ') }},
        explode(map_values(from_json({{ json_column }}, 'map<string,string>'))) as json_value
    from {{ relation }}
{%- endmacro %}


{#- Every match of a pattern replaced; the replacement names groups as \1. -#}
{% macro replace_pattern(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_pattern', 'evermart')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_pattern(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_pattern(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}


{#- The first match of a pattern rewritten by a rule; both are columns, and the rule names groups as \1. -#}
{% macro replace_by_rule(expression, pattern, rule) -%}
    {{ return(adapter.dispatch('replace_by_rule', 'evermart')(expression, pattern, rule)) }}
{%- endmacro %}

{% macro default__replace_by_rule(expression, pattern, rule) -%}
    regexp_replace({{ expression }}, {{ pattern }}, {{ rule }})
{%- endmacro %}

{% macro spark__replace_by_rule(expression, pattern, rule) -%}
    regexp_replace({{ expression }}, {{ pattern }}, translate({{ rule }}, '\\', '$'))
{%- endmacro %}


{#- A query with one row per word of a text whose words are parted by single spaces: the columns named in `keep`, `word`
    and `word_number` from 1. -#}
{% macro split_words(relation, text_column, keep) -%}
    {{ return(adapter.dispatch('split_words', 'evermart')(relation, text_column, keep)) }}
{%- endmacro %}

{% macro default__split_words(relation, text_column, keep) -%}
    select
        {{ keep | join(', ') }},
        unnest(words) as word,
        generate_subscripts(words, 1) as word_number
    from (
        select
            {{ keep | join(', ') }},
            string_split({{ text_column }}, ' ') as words
        from {{ relation }}
    ) as texts
{%- endmacro %}

{% macro spark__split_words(relation, text_column, keep) -%}
    select
        {{ keep | join(', ') }},
        word,
        word_position + 1 as word_number
    from {{ relation }}
    lateral view posexplode(split({{ text_column }}, ' ')) as word_position, word
{%- endmacro %}
