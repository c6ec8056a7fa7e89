{#- Half-open intervals of a key, [valid_from, valid_to): none is empty, none overlaps the next, and only the last is open.
    gapless: the next one begins where one ends, and the last is open. -#}
{% test intervals(model, key, gapless=false) %}

select *
from (
    select
        {{ key | join(', ') }},
        valid_from,
        valid_to,
        lead(valid_from) over (
            partition by {{ key | join(', ') }} order by valid_from, valid_to
        ) as next_valid_from
    from {{ model }}
) as intervals
where
    valid_from is null
    or valid_to <= valid_from
    or (next_valid_from is not null and (valid_to is null or valid_to > next_valid_from))
    {%- if gapless %}
    or valid_to is distinct from next_valid_from
    {%- endif %}

{% endtest %}
