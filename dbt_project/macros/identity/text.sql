{#- Small text helpers that are the same on every engine. -#}

{#- Only the listed characters of a text: what is left after taking them away is taken away. -#}
{% macro keep_characters(expression, characters) -%}
translate({{ expression }}, translate({{ expression }}, '{{ characters }}', ''), '')
{%- endmacro %}


{#- A text without a prefix, when it has one. -#}
{% macro without_prefix(expression, prefix) -%}
case
    when {{ prefix }} is not null and {{ prefix }} <> '' and {{ expression }} like {{ prefix }} || '%'
        then substring({{ expression }}, length({{ prefix }}) + 1, 30)
    else {{ expression }}
end
{%- endmacro %}


{#- The last word of a text whose words are parted by single spaces. -#}
{% macro last_word(expression) -%}
split_part(
    {{ expression }}, ' ', length({{ expression }}) - length(replace({{ expression }}, ' ', '')) + 1
)
{%- endmacro %}
