select
    measure,
    source_system,
    source_total,
    excluded_total,
    mart_total,
    difference
from {{ ref('reconciliation') }}
where difference <> 0
