{#- The day on which a tier is judged again. The lowest tier is held without a term. -#}
{% macro tier_term_end(tier_rank, valid_from, version) -%}
    case
        when {{ tier_rank }} > 0
            then cast(
                {{ dbt.dateadd('month', version ~ '.tier_term_months', valid_from) }} as date
            )
    end
{%- endmacro %}
