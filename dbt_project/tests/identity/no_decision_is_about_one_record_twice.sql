select
    decision,
    row_text,
    'both sides are one record' as problem,
    'name two records, or take the row out of seeds/rules/identity_' || decision || '.csv' as remedy
from {{ ref('int_customer_link__decide') }}
where record_key_a = record_key_b
