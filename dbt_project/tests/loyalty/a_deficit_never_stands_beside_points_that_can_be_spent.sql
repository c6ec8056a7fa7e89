select
    member_key,
    points_active,
    points_deficit
from {{ ref('loyalty_status') }}
where
    points_deficit > 0
    and points_active > 0
