-- Postings of an id that no longer lives add up to nothing, so that no point is lost with it.
with

ledger as (

    select
        customer_id,
        sum(points) as points
    from {{ ref('fct_points_ledger') }}
    group by customer_id

),

final as (

    select
        ledger.customer_id,
        ledger.points
    from ledger
    left join {{ ref('dim_customer') }} as customers on ledger.customer_id = customers.customer_id
    left join {{ ref('customer_id_alias') }} as aliases
        on ledger.customer_id = aliases.former_customer_id
    where
        customers.customer_id is null
        and (
            aliases.former_customer_id is null
            or ledger.points <> 0
        )

)

select * from final
