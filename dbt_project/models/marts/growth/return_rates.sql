with

lines as (

    select * from {{ ref('fct_order_line') }}
    where
        is_valid_order
        and not is_gift_card

),

refunds as (

    select * from {{ ref('fct_refund_line') }}

),

return_windows as (

    select * from {{ ref('growth_return_window') }}

),

-- Returns count within the policy's days of the order, whatever comes later out of goodwill: months
-- that are long over would otherwise never be comparable with last month.
returned as (

    select
        lines.order_line_key,
        sum(refunds.quantity) as returned_quantity,
        sum(refunds.amount_reporting) as returned_amount_reporting
    from lines
    inner join return_windows
        on lines.channel = return_windows.channel
    inner join refunds
        on
            lines.order_line_key = refunds.order_line_key
            and {{ add_days('lines.order_date', 'return_windows.window_days') }}
            >= refunds.refund_date
    group by lines.order_line_key

),

measured as (

    select
        cast({{ dbt.date_trunc('month', 'lines.order_date') }} as date) as order_month,
        lines.order_key,
        lines.channel,
        coalesce(lines.category, 'none') as category,
        lines.quantity,
        lines.gross_amount_reporting - lines.discount_amount_reporting as sold_amount_reporting,
        coalesce(returned.returned_quantity, 0) as returned_quantity,
        coalesce(returned.returned_amount_reporting, 0) as returned_amount_reporting,
        case when returned.order_line_key is not null then lines.order_key end
            as returned_order_key,
        return_windows.window_days
    from lines
    inner join return_windows
        on lines.channel = return_windows.channel
    left join returned
        on lines.order_line_key = returned.order_line_key

),

{% set breakdowns = [
    ('all', "'all'"), ('channel', 'channel'), ('category', 'category')
] %}
summed as (

    {% for breakdown, value in breakdowns %}
    select
        order_month,
        '{{ breakdown }}' as breakdown,
        {{ value }} as breakdown_value,
        max(window_days) as window_days,
        count(distinct order_key) as orders,
        count(distinct returned_order_key) as returned_orders,
        sum(quantity) as units,
        sum(returned_quantity) as returned_units,
        sum(sold_amount_reporting) as sold_amount_reporting,
        sum(returned_amount_reporting) as returned_amount_reporting
    from measured
    group by order_month{% if value == breakdown %}, {{ value }}{% endif %}
    {% if not loop.last %}

    union all

    {% endif %}
    {% endfor %}

),

judged as (

    select
        *,
        {{ day_difference(dbt.last_day('order_month', 'month'), as_of_date()) }} >= window_days
            as is_mature
    from summed

),

final as (

    select
        breakdown,
        breakdown_value,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(window_days as integer) as window_days,
        orders,
        returned_orders,
        cast(units as decimal(18, 4)) as units,
        cast(returned_units as decimal(18, 4)) as returned_units,
        cast(sold_amount_reporting as decimal(18, 4)) as sold_amount_reporting,
        cast(returned_amount_reporting as decimal(18, 4)) as returned_amount_reporting,
        case when is_mature then {{ share('returned_orders', 'orders') }} end
            as order_return_rate,
        case when is_mature then {{ share('returned_units', 'units') }} end as unit_return_rate,
        case
            when is_mature then {{ share('returned_amount_reporting', 'sold_amount_reporting') }}
        end as money_return_rate,
        is_mature,
        order_month,
        {{ as_of_date() }} as as_of_date
    from judged

)

select * from final
