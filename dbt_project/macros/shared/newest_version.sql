{#-
    The newest version of every record of a landed entity, by the source's own clock, then by where the row stands in
    what was delivered: any order of loading gives the same rows. The time of loading decides only between two readings
    of one row of one file, where the later one had the better mapping.

    A child whose clock is the version of its parent (`parent_key`) belongs to the surviving version of that parent:
    a line that a newer version of an order no longer has is gone.
-#}
{% macro newest_version(relation, key, clock=none, parent_key=none) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by source_system, {{ key | join(', ') }}
                order by
                    {% if clock %}{{ clock }} desc nulls last,
                    {% endif -%}
                    _file_date desc nulls last,
                    _file_modified_at desc nulls last,
                    _source_file desc nulls last,
                    _source_row desc nulls last,
                    _known_at desc
            ) as version_number
            {%- if parent_key %},
            rank() over (
                partition by source_system, {{ parent_key | join(', ') }}
                order by {{ clock }} desc nulls last
            ) as parent_version_number
            {%- endif %}
        from {{ relation }}
    ) as versions
    where
        version_number = 1
        {%- if parent_key %}
        and parent_version_number = 1
        {%- endif %}
{%- endmacro %}
