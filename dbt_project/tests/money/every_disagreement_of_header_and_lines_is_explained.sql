-- An order without a rate is never explained: its money would be missing from every figure.
select *
from {{ ref('order_issue') }}
where explanation is null
