with

panel as (

    select * from {{ ref('int_member_lift__panel') }}

),

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

settings as (

    select * from {{ ref('member_lift_setting') }}

),

naive_customers as (

    select
        orders.customer_id,
        coalesce(customers.member_since_date <= {{ as_of_date() }}, false) as is_member,
        count(*) as orders,
        sum(orders.net_amount_reporting) as net_amount,
        sum(case when orders.channel = 'online' then 1 else 0 end) as online_orders,
        sum(case when orders.channel = 'online' then orders.net_amount_reporting else 0 end)
            as online_net_amount
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    cross join settings
    where
        orders.order_date
        > cast({{ dbt.dateadd('month', '-settings.naive_months', as_of_date()) }} as date)
    group by orders.customer_id, coalesce(customers.member_since_date <= {{ as_of_date() }}, false)

),

-- Naive is a comparison with one cell: nobody is asked what they were like before.
people as (

    select
        comparison,
        customer_id,
        is_member,
        cell,
        orders,
        net_amount,
        online_orders,
        online_net_amount
    from panel

    union all

    select
        'naive' as comparison,
        customer_id,
        is_member,
        'all' as cell,
        orders,
        net_amount,
        online_orders,
        online_net_amount
    from naive_customers

),

observations as (
    {% for measure in ['orders', 'net_amount', 'online_orders', 'online_net_amount'] %}
    select
        comparison,
        '{{ measure }}' as measure,
        customer_id,
        is_member,
        cell,
        cast({{ measure }} as decimal(18, 4)) as amount
    from people
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

cells as (

    select
        comparison,
        measure,
        cell,
        sum(case when is_member then 1 else 0 end) as members,
        sum(case when is_member then 0 else 1 end) as non_members,
        sum(case when is_member then amount else 0 end) as member_amount,
        cast(
            round(
                cast(sum(case when is_member then 0 else amount end) as double)
                / nullif(sum(case when is_member then 0 else 1 end), 0),
                8
            ) as decimal(28, 8)
        ) as non_member_mean
    from observations
    group by comparison, measure, cell

),

-- Non-members count as often as there are members like them: the question is what these members
-- would have done.
totals as (

    select
        comparison,
        measure,
        sum(members) as members_total,
        sum(case when non_members > 0 then members else 0 end) as members,
        sum(case when non_members > 0 then member_amount else 0 end) as member_amount,
        sum(case when non_members > 0 then members * non_member_mean else 0 end)
            as non_member_amount
    from cells
    group by comparison, measure

),

counts as (

    select
        observations.comparison,
        observations.measure,
        count(distinct observations.customer_id) as non_members
    from observations
    inner join cells
        on
            observations.comparison = cells.comparison
            and observations.measure = cells.measure
            and observations.cell = cells.cell
    where
        not observations.is_member
        and cells.members > 0
    group by observations.comparison, observations.measure

),

ratios as (

    select
        totals.*,
        counts.non_members,
        cast(totals.member_amount as double) / nullif(totals.non_member_amount, 0) as ratio
    from totals
    left join counts
        on
            totals.comparison = counts.comparison
            and totals.measure = counts.measure
    where totals.non_member_amount > 0

),

-- The influence of each customer on the ratio (linearisation), summed over all months in which the
-- customer was compared, since these are not independent of each other.
influences as (

    select
        observations.comparison,
        observations.measure,
        observations.customer_id,
        sum(
            cast(
                round(
                    case
                        when observations.is_member
                            then
                                cast(observations.amount as double)
                                - ratios.ratio * cells.non_member_mean
                        else
                            -ratios.ratio
                            * cells.members
                            * cast(observations.amount - cells.non_member_mean as double)
                            / cells.non_members
                    end / ratios.non_member_amount,
                    12
                ) as decimal(28, 12)
            )
        ) as influence
    from observations
    inner join cells
        on
            observations.comparison = cells.comparison
            and observations.measure = cells.measure
            and observations.cell = cells.cell
    inner join ratios
        on
            observations.comparison = ratios.comparison
            and observations.measure = ratios.measure
    where
        cells.members > 0
        and cells.non_members > 0
    group by observations.comparison, observations.measure, observations.customer_id

),

variances as (

    select
        comparison,
        measure,
        sum(
            cast(
                round(cast(influence as double) * cast(influence as double), 18) as decimal(38, 18)
            )
        ) as variance
    from influences
    group by comparison, measure

),

estimates as (

    select
        ratios.*,
        sqrt(cast(variances.variance as double)) / nullif(ratios.ratio, 0) as log_error,
        case ratios.comparison
            when 'naive' then settings.naive_months
            else settings.outcome_months
        end as months,
        settings.interval_z,
        settings.min_members,
        settings.min_non_members,
        ratios.members >= settings.min_members
        and ratios.non_members >= settings.min_non_members as has_enough
    from ratios
    inner join variances
        on
            ratios.comparison = variances.comparison
            and ratios.measure = variances.measure
    cross join settings

),

intervals as (

    select
        *,
        ratio * exp(-interval_z * log_error) as interval_low,
        ratio * exp(interval_z * log_error) as interval_high
    from estimates

),

placebos as (

    select
        measure,
        has_enough and interval_low <= 1 and interval_high >= 1 as is_passed,
        has_enough as is_known
    from intervals
    where comparison = 'placebo'

),

-- Every measure has all three rows, also where nobody can be compared.
grid as (
    {% for comparison in ['naive', 'matched', 'placebo'] %}
    {% set comparison_loop = loop %}
    {% for measure in ['orders', 'net_amount', 'online_orders', 'online_net_amount'] %}
    select
        '{{ comparison }}' as comparison,
        '{{ measure }}' as measure
    {% if not (comparison_loop.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
),

judged as (

    select
        grid.comparison,
        grid.measure,
        coalesce(totals.members_total, 0) as members_total,
        coalesce(totals.members, 0) as members,
        coalesce(counts.non_members, 0) as non_members,
        coalesce(intervals.has_enough, false) as has_enough,
        intervals.months,
        intervals.member_amount,
        intervals.non_member_amount,
        intervals.ratio,
        intervals.interval_low,
        intervals.interval_high,
        case
            when intervals.measure is null then 'nobody can be compared'
            when intervals.members < intervals.min_members
                then
                    'fewer than ' || cast(intervals.min_members as string)
                    || ' members can be compared'
            when intervals.non_members < intervals.min_non_members
                then
                    'fewer than ' || cast(intervals.min_non_members as string)
                    || ' non-members can be compared'
            when grid.comparison = 'naive'
                then 'members were not compared with people who were like them before'
            when grid.comparison = 'matched' and not coalesce(placebos.is_known, false)
                then 'the placebo has too few people'
            when grid.comparison = 'matched' and not placebos.is_passed
                then 'the placebo differs from 1: members were different before they joined'
        end as unreliable_reason
    from grid
    left join totals
        on grid.comparison = totals.comparison and grid.measure = totals.measure
    left join counts
        on grid.comparison = counts.comparison and grid.measure = counts.measure
    left join intervals
        on grid.comparison = intervals.comparison and grid.measure = intervals.measure
    left join placebos on grid.measure = placebos.measure

),

final as (

    select
        comparison,
        measure,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(members_total as bigint) as members_total,
        cast(members as bigint) as members,
        cast(non_members as bigint) as non_members,
        cast(
            case
                when has_enough
                    then round(cast(member_amount as double) / members * 12 / months, 4)
            end as decimal(18, 4)
        ) as member_value_per_year,
        cast(
            case
                when has_enough
                    then round(cast(non_member_amount as double) / members * 12 / months, 4)
            end as decimal(18, 4)
        ) as non_member_value_per_year,
        cast(case when has_enough then round(ratio, 4) end as decimal(18, 4)) as ratio,
        cast(case when has_enough then round(interval_low, 4) end as decimal(18, 4))
            as interval_low,
        cast(case when has_enough then round(interval_high, 4) end as decimal(18, 4))
            as interval_high,
        unreliable_reason is null as is_reliable,
        unreliable_reason,
        {{ as_of_date() }} as as_of_date
    from judged

)

select * from final
