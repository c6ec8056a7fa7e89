{#-
    Of the points that have become active since the state was reached, those that go to a debit which
    found no points then. `until` is an instant, taken in unless `includes_instant` is false.
-#}
{% macro fill_deficit(until, includes_instant=true) -%}
    {%- set newly_active -%}
        active_from > reached_at and active_from {{ '<=' if includes_instant else '<' }} {{ until }}
    {%- endset -%}
    case
        when {{ newly_active }}
            then least(
                points_open,
                greatest(
                    deficit - (
                        sum(case when {{ newly_active }} then points_open else 0 end) over (
                            partition by member_number, debit_number
                            order by active_from, closes_at, occurred_at, lot_id
                            rows between unbounded preceding and current row
                        ) - case when {{ newly_active }} then points_open else 0 end
                    ),
                    0
                )
            )
        else 0
    end
{%- endmacro %}
