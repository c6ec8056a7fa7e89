{#- A part of a whole as a fraction with six places; NULL when there is nothing to divide. -#}
{% macro share(part, whole) -%}
    case
        when {{ whole }} > 0
            then cast(
                round(cast({{ part }} as double) / cast({{ whole }} as double), 6)
                as decimal(9, 6)
            )
    end
{%- endmacro %}
