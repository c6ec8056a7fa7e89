with

movements as (

    select
        movements.movement_id,
        members.programme_code,
        members.customer_id,
        movements.points
    from {{ ref('int_points_movement__collect') }} as movements
    inner join {{ ref('int_loyalty_member__resolve') }} as members
        on movements.member_number = members.member_number

),

postings as (

    select
        movement_id,
        programme_code,
        customer_id,
        sum(points) as points
    from {{ ref('fct_points_ledger') }}
    group by movement_id, programme_code, customer_id

),

final as (

    select
        coalesce(movements.movement_id, postings.movement_id) as movement_id,
        coalesce(movements.customer_id, postings.customer_id) as customer_id,
        movements.points,
        postings.points as points_posted
    from movements
    full outer join postings
        on
            movements.movement_id = postings.movement_id
            and movements.programme_code = postings.programme_code
            and movements.customer_id = postings.customer_id
    where coalesce(movements.points, 0) <> coalesce(postings.points, 0)

)

select * from final
