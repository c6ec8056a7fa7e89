{#-
    Dates that tiers go by. `since` is the first day of membership.
-#}

{#- The first anniversary of `since` after a date; 29 February falls on the 28th in other years. -#}
{% macro next_anniversary(since, date_value) -%}
    {%- set years = 'extract(year from ' ~ date_value ~ ') - extract(year from ' ~ since ~ ')' -%}
    {%- set this_year = add_months(since, '12 * (' ~ years ~ ')') -%}
    case
        when {{ this_year }} > {{ date_value }} then {{ this_year }}
        else {{ add_months(since, '12 * (' ~ years ~ ' + 1)') }}
    end
{%- endmacro %}


{#- The first of January, some years after the year of a date. -#}
{% macro new_year(date_value, years) -%}
    {{ add_months(
        'cast(' ~ dbt.date_trunc('year', date_value) ~ ' as date)', 12 * years
    ) }}
{%- endmacro %}


{#- A date some months later, inside of the month that is meant. The months may be an expression. -#}
{% macro add_months(date_value, months) -%}
    cast({{ dbt.dateadd('month', months, date_value) }} as date)
{%- endmacro %}
