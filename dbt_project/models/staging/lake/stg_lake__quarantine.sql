with

source as (

    select
        source_kind,
        source_system,
        entity,
        column_name,
        column_value,
        reason,
        payload,
        _source_file,
        _source_row,
        cast(null as {{ dbt.type_string() }}) as record_part,
        _file_date,
        _known_at,
        _dlt_load_id
    from {{ source('lake', 'quarantine') }}
    {{ put_aside() }}

),

final as (

    select
        source_kind,
        source_system,
        entity,
        column_name,
        column_value,
        reason,
        payload,
        _source_file as source_file,
        _source_row as source_row,
        record_part,
        _file_date as file_date,
        _known_at as known_at,
        _dlt_load_id as load_id
    from source

)

select * from final
