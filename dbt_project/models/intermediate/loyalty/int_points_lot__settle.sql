with

in_order as (

    select * from {{ ref('int_points_lot__spend_in_order') }}

),

one_by_one as (

    select * from {{ ref('int_points_lot__spend_one_by_one') }}

),

-- What a lot still holds when it expires stays in its state, untouched by later debits.
final as (

    select
        lot_id,
        customer_id,
        points_clawed_back,
        points_expired,
        points_remaining
    from in_order

    union all

    select
        lot_id,
        customer_id,
        points_clawed_back,
        cast(
            case
                when closes_at < {{ as_of_end() }} then points_open - points_filled_by_now
                else 0
            end as bigint
        ) as points_expired,
        cast(
            case
                when closes_at < {{ as_of_end() }} then 0
                else points_open - points_filled_by_now
            end as bigint
        ) as points_remaining
    from one_by_one
    where is_last_state

)

select * from final
