with

orders as (

    select * from {{ ref('int_order__unify') }}

),

eshop_payments as (

    select * from {{ ref('stg_eshop__payments') }}

),

pos_payments as (

    select * from {{ ref('stg_pos__payments') }}

),

unified as (

    select
        source_system,
        payment_id,
        {{ source_key('source_system', ['order_id']) }} as order_key,
        payment_method,
        amount,
        points,
        paid_at,
        payment_kind in ('capture', 'sale') and payment_status = 'succeeded' as moves_money,
        known_at
    from eshop_payments

    union all

    select
        source_system,
        payment_id,
        {{ source_key('source_system', ['sale_id']) }} as order_key,
        payment_method,
        amount,
        points,
        paid_at,
        true as moves_money,
        known_at
    from pos_payments

),

dated as (

    select
        *,
        {{ business_date('paid_at') }} as paid_date
    from unified

),

final as (

    select
        {{ source_key('dated.source_system', ['dated.payment_id']) }} as payment_key,
        dated.order_key,
        dated.source_system,
        dated.payment_method,
        dated.amount,
        orders.currency_code,
        dated.points,
        dated.paid_at,
        dated.paid_date,
        dated.moves_money,
        dated.known_at
    from dated
    inner join orders
        on dated.order_key = orders.order_key
    where dated.paid_date <= {{ as_of_date() }}

)

select * from final
