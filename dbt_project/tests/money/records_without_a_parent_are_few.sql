-- A warning only: late parents are of every night, and the records come in when they land.
{{ config(severity='warn') }}

select *
from {{ ref('orphan_record') }}
