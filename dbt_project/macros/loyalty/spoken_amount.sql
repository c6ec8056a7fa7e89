{#-
    An amount of the tier basis as a person would say it: "37.20 EUR", "120 points", "2 orders".
    Rounded up to the cent, since a sentence must never promise a tier for less than it takes.
-#}
{% macro spoken_amount(amount, basis) -%}
    case {{ basis }}
        when 'net_spend'
            then
                cast(
                    cast(ceil({{ amount }} * 100) / 100 as decimal(18, 2))
                    as string
                ) || ' {{ var("reporting_currency") }}'
        else
            cast(cast(ceil({{ amount }}) as bigint) as string) || ' ' || {{ basis }}
    end
{%- endmacro %}
