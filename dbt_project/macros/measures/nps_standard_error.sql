{#- SE = 100 * sqrt((p + d - (p - d)^2) / n), of the shares of promoters and detractors; NULL without answers. -#}
{% macro nps_standard_error(promoter_share, detractor_share, n) -%}
    case
        when {{ n }} > 0
            then
                100 * sqrt(
                    greatest(
                        {{ promoter_share }} + {{ detractor_share }}
                        - ({{ promoter_share }} - {{ detractor_share }})
                        * ({{ promoter_share }} - {{ detractor_share }}),
                        0
                    ) / {{ n }}
                )
    end
{%- endmacro %}
