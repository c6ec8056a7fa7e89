-- Shares are rounded to six places, so ten of them may miss 1 by ten halves of the last place.
select
    window_code,
    sum(net_share) as net_share,
    max(cumulative_net_share) as last_cumulative_share
from {{ ref('sales_concentration') }}
where gini is not null
group by window_code
having
    abs(sum(net_share) - 1) > 0.000005
    or max(cumulative_net_share) < 1
