{#-
    The last business date on which points earned on a date can be spent. Adding months never leaves
    the month that is meant: 31 January plus one month is the last of February.
-#}
{% macro points_expiry_date(earned_date, months, rounding) -%}
    {%- set raw -%} cast({{ dbt.dateadd('month', months, earned_date) }} as date) {%- endset -%}
    {%- set year_start -%} {{ dbt.date_trunc('year', raw) }} {%- endset -%}
    cast(
        case {{ rounding }}
            when 'none' then {{ raw }}
            when 'month' then {{ dbt.last_day(raw, 'month') }}
            when 'quarter' then {{ dbt.last_day(raw, 'quarter') }}
            when 'half_year'
                then
                    case
                        when extract(month from {{ raw }}) <= 6
                            then {{ dbt.last_day(dbt.dateadd('month', 5, year_start), 'month') }}
                        else {{ dbt.last_day(dbt.dateadd('month', 11, year_start), 'month') }}
                    end
            when 'year' then {{ dbt.last_day(dbt.dateadd('month', 11, year_start), 'month') }}
        end as date
    )
{%- endmacro %}
