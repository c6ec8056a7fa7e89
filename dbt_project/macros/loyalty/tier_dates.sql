{#- When a tier that begins on a day is judged again. The lowest tier is held without a term. -#}
{% macro tier_term_end(tier_rank, valid_from, version, since) -%}
    case
        when {{ tier_rank }} = 0 then cast(null as date)
        when {{ version }}.tier_term = 'months'
            then {{ add_months(valid_from, version ~ '.tier_term_months') }}
        when {{ version }}.tier_term = 'calendar_year' then {{ new_year(valid_from, 2) }}
        when {{ version }}.tier_term = 'membership_year'
            then {{ next_anniversary(since, '(' ~ next_anniversary(since, valid_from) ~ ')') }}
    end
{%- endmacro %}


{#- When a purchase leaves the window. NULL for never. -#}
{% macro tier_window_end(counted_from, version, since) -%}
    case {{ version }}.tier_window
        when 'rolling_months'
            then {{ add_months(counted_from, version ~ '.tier_window_length') }}
        when 'rolling_days' then {{ add_days(counted_from, version ~ '.tier_window_length') }}
        when 'calendar_year' then {{ new_year(counted_from, 1) }}
        when 'membership_year' then {{ next_anniversary(since, counted_from) }}
    end
{%- endmacro %}
