{#- Calendar months from one date to another: December to January is 1, whatever the day. -#}
{% macro month_difference(from_date, to_date) -%}
    (
        (extract(year from {{ to_date }}) - extract(year from {{ from_date }})) * 12
        + extract(month from {{ to_date }}) - extract(month from {{ from_date }})
    )
{%- endmacro %}
