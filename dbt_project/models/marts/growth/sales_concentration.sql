with

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

windows as (

    select * from {{ ref('growth_concentration_window') }}

),

bounds as (

    select
        window_code,
        window_name,
        case
            when window_months is not null
                then
                    cast(
                        {{ dbt.dateadd('month', '-window_months', as_of_date()) }} as date
                    )
        end as window_starts_after
    from windows

),

customers as (

    select
        bounds.window_code,
        bounds.window_name,
        orders.customer_id,
        sum(orders.net_amount_reporting) as net_amount_reporting
    from bounds
    inner join orders
        on
            bounds.window_starts_after is null
            or bounds.window_starts_after < orders.order_date
    group by bounds.window_code, bounds.window_name, orders.customer_id

),

ranked as (

    select
        window_code,
        window_name,
        customer_id,
        net_amount_reporting,
        ntile(10) over (
            partition by window_code
            order by net_amount_reporting desc, customer_id asc
        ) as decile,
        row_number() over (
            partition by window_code
            order by net_amount_reporting, customer_id
        ) as ascending_rank
    from customers

),

-- Gini = 2 * sum(rank * x) / (n * sum(x)) - (n + 1) / n, with x in ascending order (rank from 1).
totals as (

    select
        window_code,
        count(*) as customers,
        sum(net_amount_reporting) as net_amount_reporting,
        sum(
            cast(ascending_rank as decimal(18, 0))
            * cast(net_amount_reporting as decimal(18, 4))
        ) as ranked_net_amount
    from ranked
    group by window_code

),

deciles as (

    select
        window_code,
        window_name,
        decile,
        count(*) as customers,
        sum(net_amount_reporting) as net_amount_reporting
    from ranked
    group by window_code, window_name, decile

),

accumulated as (

    select
        deciles.window_code,
        deciles.window_name,
        deciles.decile,
        deciles.customers,
        deciles.net_amount_reporting,
        totals.customers as window_customers,
        totals.net_amount_reporting as window_net_amount,
        totals.ranked_net_amount,
        sum(deciles.net_amount_reporting) over (
            partition by deciles.window_code
            order by deciles.decile
            rows between unbounded preceding and current row
        ) as cumulative_net_amount,
        max(case when deciles.decile = 1 then deciles.net_amount_reporting end) over (
            partition by deciles.window_code
        ) as top_decile_net_amount
    from deciles
    inner join totals
        on deciles.window_code = totals.window_code

),

final as (

    select
        window_code,
        window_name,
        cast(decile as integer) as decile,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        customers,
        cast(net_amount_reporting as decimal(18, 4)) as net_amount_reporting,
        {{ share('net_amount_reporting', 'window_net_amount') }} as net_share,
        {{ share('cumulative_net_amount', 'window_net_amount') }} as cumulative_net_share,
        {{ share('top_decile_net_amount', 'window_net_amount') }} as top_decile_net_share,
        case
            when window_net_amount > 0
                then
                    cast(
                        round(
                            2 * cast(ranked_net_amount as double)
                            / (window_customers * cast(window_net_amount as double))
                            - cast(window_customers + 1 as double) / window_customers,
                            6
                        ) as decimal(9, 6)
                    )
        end as gini,
        window_customers,
        {{ as_of_date() }} as as_of_date
    from accumulated

)

select * from final
