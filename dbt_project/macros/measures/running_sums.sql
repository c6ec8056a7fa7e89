{#-
    A query with sums in force at the end of every business day, by a running sum of what each day adds and takes away:
    no day is joined to every row. The series of a part of the business ends with its last movement, when the last row
    has left its window; that of everything (dimension `all`) goes on.

    movements: one row per part and movement_date.
    parts: the columns that make a series; dimension is one of them.
    sums: what is summed up.
    days: the days, as date_day.
-#}
{% macro running_sums(movements, parts, sums, days) -%}
with

series as (

    select
        {{ parts | join(', ') }},
        min(movement_date) as first_date,
        case
            when dimension = 'all' then {{ as_of_date() }}
            else max(movement_date)
        end as last_date
    from {{ movements }}
    group by {{ parts | join(', ') }}

)

select
    {{ days }}.date_day as business_date
    {%- for part in parts %},
    series.{{ part }}
    {%- endfor %}
    {%- for name in sums %},
    sum(coalesce({{ movements }}.{{ name }}, 0)) over running as {{ name }}
    {%- endfor %}
from series
inner join {{ days }}
    on {{ days }}.date_day between series.first_date and series.last_date
left join {{ movements }}
    on
        {{ days }}.date_day = {{ movements }}.movement_date
        {%- for part in parts %}
        and series.{{ part }} = {{ movements }}.{{ part }}
        {%- endfor %}
window running as (
    partition by series.{{ parts | join(', series.') }}
    order by {{ days }}.date_day
    rows between unbounded preceding and current row
)
{%- endmacro %}
