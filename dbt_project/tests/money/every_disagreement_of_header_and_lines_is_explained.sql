-- An order without a rate is never explained: its money would be missing from every figure.
select
    order_key,
    issue,
    header_amount,
    lines_amount,
    difference
from {{ ref('order_issue') }}
where explanation is null
