{#- Where a score lies on its scale: 0 at the lowest score, 1 at the highest; NULL without a scale. -#}
{% macro scale_position(score, scale_min, scale_max) -%}
    cast(
        round(
            cast({{ score }} - {{ scale_min }} as double)
            / cast({{ scale_max }} - {{ scale_min }} as double),
            6
        ) as decimal(9, 6)
    )
{%- endmacro %}
