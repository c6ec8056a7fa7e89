with

lots as (

    select
        lots.programme_code,
        sum(lots.points_remaining) as points_remaining,
        sum(lots.points_remaining * programmes.point_value) as value_amount
    from {{ ref('fct_points_lot') }} as lots
    inner join {{ ref('int_loyalty_programme__version') }} as programmes
        on
            lots.programme_code = programmes.programme_code
            and programmes.valid_from <= {{ as_of_date() }}
            and (programmes.valid_to is null or programmes.valid_to > {{ as_of_date() }})
    group by lots.programme_code

),

liability as (

    select
        programme_code,
        sum(points_remaining) as points_remaining,
        sum(value_amount_reporting) as value_amount
    from {{ ref('points_liability') }}
    group by programme_code

),

final as (

    select
        coalesce(lots.programme_code, liability.programme_code) as programme_code,
        lots.points_remaining,
        liability.points_remaining as points_owed,
        lots.value_amount,
        liability.value_amount as value_owed
    from lots
    full outer join liability on lots.programme_code = liability.programme_code
    where
        lots.points_remaining is distinct from liability.points_remaining
        or lots.value_amount is distinct from liability.value_amount

)

select * from final
