with

watched as (

    select * from {{ ref('int_order_watch__follow') }}

),

deliveries as (

    select * from {{ ref('int_order_delivery__summarise') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

-- What is expected is what buyers do whose order comes as promised: those of late orders look again
-- and again, and would make their own worry the rule.
counted as (

    select
        watched.age_days,
        count(*) as waiting_orders,
        sum(watched.visits) as visits,
        sum(case when deliveries.is_promise_kept is distinct from false then 1 else 0 end)
            as calm_orders,
        sum(
            case
                when deliveries.is_promise_kept is distinct from false then watched.visits
                else 0
            end
        ) as calm_visits
    from watched
    inner join deliveries
        on watched.order_key = deliveries.order_key
    group by watched.age_days

),

-- Where too few of them are left, the last day with enough speaks for the days after it.
known as (

    select
        counted.*,
        case
            when counted.calm_orders >= settings.experience_min_n
                then cast(counted.calm_visits as double) / counted.calm_orders
        end as calm_rate
    from counted
    cross join settings

),

grouped as (

    select
        *,
        count(calm_rate) over (
            order by age_days
            rows between unbounded preceding and current row
        ) as known_days
    from known

),

expected as (

    select
        *,
        coalesce(max(calm_rate) over (partition by known_days), 0) as visits_per_order
    from grouped

),

final as (

    select
        cast(age_days as integer) as age_days,
        cast(waiting_orders as bigint) as waiting_orders,
        cast(visits as bigint) as visits,
        cast(calm_orders as bigint) as calm_orders,
        cast(calm_visits as bigint) as calm_visits,
        cast(round(visits_per_order, 6) as decimal(18, 6)) as expected_visits,
        cast(
            round(
                sum(visits_per_order) over (
                    order by age_days
                    rows between unbounded preceding and current row
                ),
                6
            ) as decimal(18, 6)
        ) as expected_visits_so_far
    from expected

)

select * from final
