-- A warning only: late parents are of every night, and the records come in when they land.
{{ config(severity='warn') }}

select
    source_system,
    entity,
    reason,
    row_count,
    example_key
from {{ ref('orphan_record') }}
