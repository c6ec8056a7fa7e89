{#- Bounds of Wilson's score interval of a share: it stays inside of 0 and 1, and is right for small n and shares near 1.
    NULL when n is 0. -#}
{% macro wilson_bound(part, whole, z, sign) -%}
    case
        when {{ whole }} > 0
            then cast(round(
                (
                    cast({{ part }} as double) / {{ whole }}
                    + cast({{ z }} as double) * {{ z }} / (2 * {{ whole }})
                    {{ sign }} cast({{ z }} as double) * sqrt(
                        cast({{ part }} as double) / {{ whole }}
                        * (1 - cast({{ part }} as double) / {{ whole }}) / {{ whole }}
                        + cast({{ z }} as double) * {{ z }}
                        / (4 * cast({{ whole }} as double) * {{ whole }})
                    )
                ) / (1 + cast({{ z }} as double) * {{ z }} / {{ whole }}),
                6
            ) as decimal(9, 6))
    end
{%- endmacro %}
