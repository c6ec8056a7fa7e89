{#-
    The points that a line keeps after refunds, at its frozen rate: all while its base is whole, and never more than it
    earned, since an order's points are spread over lines whose own rounding may be another.
-#}
{% macro kept_points(points, rate) -%}
    case
        when kept_base_amount_reporting = base_amount_reporting then {{ points }}
        else least(
            {{ points }},
            {{ round_points(rate ~ ' * kept_base_amount_reporting', 'points_rounding') }}
        )
    end
{%- endmacro %}
