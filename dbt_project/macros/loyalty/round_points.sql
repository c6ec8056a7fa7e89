{#- Whole points, by the rounding rule of the programme version that is in force. -#}
{% macro round_points(points, rounding) -%}
    cast(
        case {{ rounding }}
            when 'down' then floor({{ points }})
            when 'up' then ceil({{ points }})
            when 'nearest' then round({{ points }})
        end as bigint
    )
{%- endmacro %}
