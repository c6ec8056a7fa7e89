with

liability as (

    select coalesce(sum(points_remaining), 0) as points_remaining
    from {{ ref('points_liability') }}

),

ledger as (

    select coalesce(sum(points), 0) as points
    from {{ ref('fct_points_ledger') }}

),

deficits as (

    select coalesce(sum(points_deficit), 0) as points_deficit
    from {{ ref('loyalty_status') }}

),

final as (

    select
        liability.points_remaining,
        ledger.points,
        deficits.points_deficit
    from liability
    cross join ledger
    cross join deficits
    where liability.points_remaining <> ledger.points + deficits.points_deficit

)

select * from final
