with

movements as (

    select
        lot_id,
        sum(case when movement_type in ('earn', 'adjust') then points else 0 end) as points_earned,
        -sum(case when movement_type = 'clawback' then points else 0 end) as points_clawed_back,
        -sum(case when movement_type = 'expire' then points else 0 end) as points_expired
    from {{ ref('int_points_movement__collect') }}
    where lot_id is not null
    group by lot_id

),

-- What came back without an old lot to go to has no movement but the reversal's own.
lots as (

    select
        *,
        case when lot_type = 'redeem_reversal' then 0 else points_earned end as points_moved
    from {{ ref('fct_points_lot') }}

),

final as (

    select
        coalesce(lots.lot_id, movements.lot_id) as lot_id,
        lots.points_earned,
        movements.points_earned as points_moved
    from lots
    full outer join movements on lots.lot_id = movements.lot_id
    where
        lots.lot_id is null
        or lots.points_moved <> coalesce(movements.points_earned, 0)
        or lots.points_clawed_back <> coalesce(movements.points_clawed_back, 0)
        or lots.points_expired <> coalesce(movements.points_expired, 0)

)

select * from final
