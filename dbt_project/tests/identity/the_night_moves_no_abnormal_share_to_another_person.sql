select
    measure,
    changed_quantity,
    compared_quantity,
    changed_share,
    max_share,
    'look at customer.customer_merge_log, and at what has changed in sources, seeds, model and'
    || ' Evermart itself; if it is right, add the row '
    || cast({{ as_of_date() }} as string) || ',' || cast({{ as_of_date() }} as string)
    || ',<why>,<who> to seeds/rules/identity_accepted_change.csv and run make build' as remedy
from {{ ref('identity_blast_radius') }}
where is_abnormal
