-- Orders of a channel without one would be missing from the return rates.
select distinct orders.channel
from {{ ref('fct_order') }} as orders
left join {{ ref('growth_return_window') }} as return_windows
    on orders.channel = return_windows.channel
where return_windows.window_days is null
