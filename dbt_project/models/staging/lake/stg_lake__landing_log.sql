with

source as (

    select * from {{ source('lake', 'landing_log') }}

),

final as (

    select
        source_kind,
        source_system,
        entity,
        file_status,
        file_fingerprint,
        rows_received,
        rows_landed,
        rows_quarantined,
        rows_skipped,
        reason,
        _source_file as source_file,
        _file_date as file_date,
        _file_modified_at as file_modified_at,
        _known_at as known_at,
        _dlt_load_id as load_id
    from source

)

select * from final
