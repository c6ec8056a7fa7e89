select *
from {{ ref('reconciliation') }}
where difference <> 0
