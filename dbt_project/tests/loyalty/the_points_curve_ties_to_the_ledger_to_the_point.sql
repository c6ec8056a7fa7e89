-- At the end of the last month that is over, the curve holds what the ledger said then; and every
-- spent point of a lot has a day.
with

last_cells as (

    select
        programme_code,
        vintage_month,
        max(age_months) as age_months
    from {{ ref('points_curve') }}
    where is_mature
    group by programme_code, vintage_month

),

curve as (

    select
        curve.programme_code,
        sum(curve.points_expired) as points_expired,
        sum(curve.points_clawed_back) as points_clawed_back
    from {{ ref('points_curve') }} as curve
    inner join last_cells
        on
            curve.programme_code = last_cells.programme_code
            and curve.vintage_month = last_cells.vintage_month
            and curve.age_months = last_cells.age_months
    group by curve.programme_code

),

ledger as (

    select
        programme_code,
        -sum(case when movement_type = 'expire' then points else 0 end) as points_expired,
        -sum(case when movement_type = 'clawback' then points else 0 end) as points_clawed_back
    from {{ ref('fct_points_ledger') }}
    where
        movement_date
        < cast({{ dbt.date_trunc('month', add_days(as_of_date(), 1)) }} as date)
    group by programme_code

),

consumed as (

    select
        lot_id,
        sum(points) as points
    from {{ ref('int_points_lot__consume') }}
    group by lot_id

),

final as (

    select
        curve.programme_code as broken_key,
        curve.points_expired as points,
        ledger.points_expired as expected_points
    from curve
    inner join ledger on curve.programme_code = ledger.programme_code
    where
        curve.points_expired <> ledger.points_expired
        or curve.points_clawed_back <> ledger.points_clawed_back

    union all

    select
        lots.lot_id as broken_key,
        coalesce(consumed.points, 0) as points,
        lots.points_spent as expected_points
    from {{ ref('fct_points_lot') }} as lots
    left join consumed on lots.lot_id = consumed.lot_id
    where lots.points_spent <> coalesce(consumed.points, 0)

)

select * from final
