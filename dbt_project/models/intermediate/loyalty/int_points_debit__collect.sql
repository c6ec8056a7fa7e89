with

clawbacks as (

    select * from {{ ref('int_points_clawback__calculate') }}

),

redemptions as (

    select * from {{ ref('int_points_redemption__calculate') }}

),

debits as (

    select
        refund_line_key as debit_id,
        'clawback' as debit_type,
        customer_id,
        lot_id,
        occurred_at,
        points
    from clawbacks
    where points > 0

    union all

    select
        payment_key as debit_id,
        'redeem' as debit_type,
        customer_id,
        cast(null as string) as lot_id,
        occurred_at,
        points
    from redemptions
    where points > 0

),

-- What happens at one instant happens in a fixed order, so that every night tells the same story.
final as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by occurred_at, debit_type, debit_id
        ) as debit_number
    from debits

)

select * from final
