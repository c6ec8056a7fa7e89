select
    business_date,
    dimension,
    dimension_value,
    reading,
    window_days,
    n,
    promoters,
    passives,
    detractors
from {{ ref('nps_daily') }}
where
    n <> promoters + passives + detractors
    or promoters < 0
    or passives < 0
    or detractors < 0
