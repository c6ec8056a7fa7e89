select
    measure,
    changed_quantity,
    compared_quantity,
    changed_share,
    max_share,
    'look at customer.customer_merge_log, and at what has changed in sources, seeds and model; if'
    || ' it is right, add the night to seeds/rules/identity_accepted_change.csv' as remedy
from {{ ref('identity_blast_radius') }}
where is_abnormal
