{#-
    Every version of every record of a landed entity that the lake holds: those of one state of the source's clock are one
    version, of which the row counts that `newest_version` would keep. Versions are numbered from the newest (1) back, in
    the order of `newest_version`, and none depends on the order of loading.

    known_from: when a version began to hold: the source's clock; the date in the file's path where it has none; the
        record's creation where there is neither. Never later than that of a newer version.
-#}
{% macro every_version(relation, key, clock, created_at) -%}
    {%- set record = (['source_system'] + key) | join(', ') -%}
    {%- set by_newest -%}
        {{ clock }} desc nulls last,
                    _file_date desc nulls last,
                    _file_modified_at desc nulls last,
                    _source_file desc nulls last,
                    _source_row desc nulls last,
                    _known_at desc
    {%- endset -%}
    {%- set version_clock = 'coalesce(' ~ clock ~ ', ' ~ business_day_start('_file_date') ~ ')' -%}
    select
        *,
        row_number() over (
            partition by {{ record }}
            order by
                    {{ by_newest }}
        ) as version_number,
        min(dated_at) over (
            partition by {{ record }}
            order by
                    {{ by_newest }}
            rows between unbounded preceding and current row
        ) as known_from
    from (
        select
            *,
            coalesce({{ version_clock }}, {{ created_at }}) as dated_at,
            row_number() over (
                partition by {{ record }}, {{ version_clock }}
                order by
                    {{ by_newest }}
            ) as copy_number
        from {{ relation }}
    ) as copies
    where copy_number = 1
{%- endmacro %}
