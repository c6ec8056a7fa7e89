with

quarantine as (

    select * from {{ ref('stg_lake__quarantine') }}

),

-- A row that was rejected again by a later reading of its file is still one row.
final as (

    select
        source_kind,
        source_system,
        entity,
        coalesce(column_name, '(whole row)') as column_name,
        reason,
        count(
            distinct source_file || ':' || cast(source_row as string)
            || coalesce(':' || record_part, '')
        ) as row_count,
        count(distinct source_file) as file_count,
        max(file_date) as newest_file_date,
        min(source_file || ':' || cast(source_row as string)) as example_row
    from quarantine
    group by source_kind, source_system, entity, coalesce(column_name, '(whole row)'), reason

)

select * from final
