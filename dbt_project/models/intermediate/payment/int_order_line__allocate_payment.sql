with

payments as (

    select * from {{ ref('int_payment__unify') }}

),

order_lines as (

    select * from {{ ref('int_order_line__allocate_discount') }}

),

stored_value as (

    select
        order_key,
        payment_method,
        sum(amount) as paid_amount
    from payments
    where moves_money and payment_method in ('points', 'gift_card')
    group by order_key, payment_method

),

goods as (

    select
        order_lines.*,
        case
            when order_lines.gross_amount > order_lines.discount_amount
                then order_lines.gross_amount - order_lines.discount_amount
            else 0
        end as goods_amount
    from order_lines

),

goods_of_order as (

    select
        order_key,
        sum(goods_amount) as goods_amount
    from goods
    group by order_key

),

-- What is more than the goods has paid for shipping and tax.
weighed as (

    select
        goods.order_key,
        stored_value.payment_method,
        goods.order_line_key,
        least(stored_value.paid_amount, goods_of_order.goods_amount) as spread_amount,
        goods.goods_amount as spread_weight,
        {{ smallest_payment('goods.minor_units') }} as spread_step,
        goods.line_number as spread_order
    from goods
    inner join stored_value
        on goods.order_key = stored_value.order_key
    inner join goods_of_order
        on goods.order_key = goods_of_order.order_key

),

shares as (

    {{ spread(
        'weighed', group_by=['order_key', 'payment_method'], keep=['order_line_key']
    ) }}

),

final as (

    select
        order_line_key,
        cast(
            sum(case when payment_method = 'points' then share_amount else 0 end)
            as decimal(18, 4)
        ) as paid_by_points_amount,
        cast(
            sum(case when payment_method = 'gift_card' then share_amount else 0 end)
            as decimal(18, 4)
        ) as paid_by_gift_card_amount
    from shares
    group by order_line_key

)

select * from final
