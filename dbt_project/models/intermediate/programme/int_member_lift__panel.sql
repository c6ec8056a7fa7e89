-- A month in which a customer ordered is a candidate for comparison: of those who joined in it, and
-- of those who had not joined by its end. Both have an order in it, since people join while they
-- buy. The month itself is left out of what is measured.
with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

settings as (

    select * from {{ ref('member_lift_setting') }}

),

months as (

    select
        customer_id,
        order_month,
        count(*) as orders,
        sum(net_amount_reporting) as net_amount,
        sum(case when channel = 'online' then 1 else 0 end) as online_orders,
        sum(case when channel = 'online' then net_amount_reporting else 0 end) as online_net_amount
    from orders
    group by customer_id, order_month

),

first_months as (

    select min(order_month) as first_month
    from months

),

index_months as (

    select
        months.customer_id,
        months.order_month as index_month,
        coalesce(
            cast({{ dbt.date_trunc('month', 'customers.member_since_date') }} as date)
            = months.order_month,
            false
        ) as is_member,
        settings.pre_months,
        settings.outcome_months
    from months
    inner join customers on months.customer_id = customers.customer_id
    cross join settings
    where
        (
            customers.member_since_date is null
            or customers.member_since_date >= months.order_month
        )
        and {{ dbt.last_day(
            dbt.dateadd('month', 'settings.outcome_months', 'months.order_month'), 'month'
        ) }} <= {{ as_of_date() }}

),

-- The placebo pretends that the same people joined so much earlier that all that is measured lies
-- before they did. Both sides order in the month of joining, so that both are known to be alive
-- throughout.
periods as (

    select
        *,
        'matched' as comparison,
        index_month as base_month
    from index_months

    union all

    select
        *,
        'placebo' as comparison,
        cast(
            {{ dbt.dateadd('month', '-(outcome_months + 1)', 'index_month') }} as date
        ) as base_month
    from index_months

),

bounded as (

    select
        *,
        cast({{ dbt.dateadd('month', '-pre_months', 'base_month') }} as date) as pre_from,
        cast({{ dbt.dateadd('month', 'outcome_months', 'base_month') }} as date) as outcome_to
    from periods

),

measured as (

    select
        bounded.comparison,
        bounded.customer_id,
        bounded.index_month,
        bounded.is_member,
        sum(case when months.order_month < bounded.base_month then months.orders else 0 end)
            as pre_orders,
        sum(case when months.order_month < bounded.base_month then months.net_amount else 0 end)
            as pre_net_amount,
        sum(case when months.order_month < bounded.base_month then months.online_orders else 0 end)
            as pre_online_orders,
        min(
            case
                when months.order_month < bounded.base_month
                    then {{ month_difference('months.order_month', 'bounded.base_month') }}
            end
        ) as pre_recency_months,
        sum(case when months.order_month > bounded.base_month then months.orders else 0 end)
            as orders,
        sum(case when months.order_month > bounded.base_month then months.net_amount else 0 end)
            as net_amount,
        sum(case when months.order_month > bounded.base_month then months.online_orders else 0 end)
            as online_orders,
        sum(
            case
                when months.order_month > bounded.base_month then months.online_net_amount
                else 0
            end
        ) as online_net_amount
    from bounded
    inner join months
        on
            bounded.customer_id = months.customer_id
            and bounded.pre_from <= months.order_month
            and bounded.outcome_to >= months.order_month
    cross join first_months
    where bounded.pre_from >= first_months.first_month
    group by
        bounded.comparison, bounded.customer_id, bounded.index_month, bounded.is_member

),

banded as (

    select
        measured.comparison,
        measured.customer_id,
        measured.index_month,
        measured.is_member,
        max(case when bands.measure = 'orders' then bands.band end) as orders_band,
        max(case when bands.measure = 'net' then bands.band end) as net_band,
        max(case when bands.measure = 'recency_months' then bands.band end) as recency_band,
        case
            when measured.pre_online_orders = 0 then 'store'
            when measured.pre_online_orders = measured.pre_orders then 'online'
            else 'both'
        end as pre_channel,
        measured.orders,
        measured.net_amount,
        measured.online_orders,
        measured.online_net_amount
    from measured
    inner join {{ ref('member_lift_band') }} as bands
        on
            bands.lower_bound <= case bands.measure
                when 'orders' then measured.pre_orders
                when 'net' then measured.pre_net_amount
                when 'recency_months' then measured.pre_recency_months
            end
    where measured.pre_orders > 0
    group by
        measured.comparison, measured.customer_id, measured.index_month, measured.is_member,
        measured.pre_online_orders, measured.pre_orders, measured.orders, measured.net_amount,
        measured.online_orders, measured.online_net_amount

),

final as (

    select
        comparison,
        customer_id,
        index_month,
        is_member,
        cast(index_month as string) || '|' || cast(orders_band as string)
        || '|' || cast(net_band as string) || '|' || cast(recency_band as string)
        || '|' || pre_channel as cell,
        cast(orders as bigint) as orders,
        cast(net_amount as decimal(18, 4)) as net_amount,
        cast(online_orders as bigint) as online_orders,
        cast(online_net_amount as decimal(18, 4)) as online_net_amount
    from banded

)

select * from final
