with

movements as (

    select
        lot_id,
        sum(case when movement_type = 'earn' then points else 0 end) as points_earned,
        -sum(case when movement_type = 'clawback' then points else 0 end) as points_clawed_back,
        -sum(case when movement_type = 'expire' then points else 0 end) as points_expired
    from {{ ref('fct_points_ledger') }}
    where lot_id is not null
    group by lot_id

),

final as (

    select lots.lot_id
    from {{ ref('fct_points_lot') }} as lots
    full outer join movements on lots.lot_id = movements.lot_id
    where
        lots.lot_id is null
        or movements.lot_id is null
        or lots.points_earned <> movements.points_earned
        or lots.points_clawed_back <> movements.points_clawed_back
        or lots.points_expired <> movements.points_expired

)

select * from final
