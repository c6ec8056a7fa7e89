with

members as (

    select * from {{ ref('loyalty_status') }}

),

liabilities as (

    select * from {{ ref('points_liability') }}

),

-- Programmes that call a tier alike are counted together.
tier_counts as (

    select
        min(tier_rank) as tier_rank,
        tier_code,
        min(tier_name) as tier_name,
        count(*) as members
    from members
    group by tier_code

),

owed as (

    select
        coalesce(sum(points_remaining), 0) as points,
        coalesce(sum(liability_amount_reporting), 0) as liability_amount_reporting
    from liabilities

),

kpis as (

    select
        80 as kpi_order,
        'members' as kpi_code,
        'Members of the loyalty programme' as kpi_name,
        cast(count(*) as decimal(20, 6)) as value,
        'members' as unit,
        count(*) as n
    from members

    union all

    select
        81 + tier_rank as kpi_order,
        'members_' || tier_code as kpi_code,
        'Members: ' || tier_name as kpi_name,
        cast(members as decimal(20, 6)) as value,
        'members' as unit,
        members as n
    from tier_counts

    union all

    select
        100 as kpi_order,
        'points_outstanding' as kpi_code,
        'Points that members hold' as kpi_name,
        cast(points as decimal(20, 6)) as value,
        'points' as unit,
        points as n
    from owed

    union all

    select
        110 as kpi_order,
        'points_liability' as kpi_code,
        'Points liability after breakage' as kpi_name,
        cast(liability_amount_reporting as decimal(20, 6)) as value,
        '{{ var("reporting_currency") }}' as unit,
        points as n
    from owed

),

final as (

    select
        kpi_order,
        kpi_code,
        kpi_name,
        value,
        unit,
        cast(n as bigint) as n,
        true as is_reliable
    from kpis

)

select * from final
