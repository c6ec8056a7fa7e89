with

orders as (

    select * from {{ ref('int_order__unify') }}

),

order_lines as (

    select * from {{ ref('int_order_line__unify') }}

),

discounts as (

    select * from {{ ref('stg_eshop__discounts') }}

),

discounts_of_order as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        sum(amount) as discount_amount
    from discounts
    group by source_system, order_id

),

discounts_of_line as (

    select
        {{ source_key('source_system', ['order_id', 'line_id']) }} as order_line_key,
        sum(amount) as discount_amount
    from discounts
    where line_id is not null
    group by source_system, order_id, line_id

),

-- A line carries its own discount, or the discounts that were recorded for it.
carried as (

    select
        order_lines.*,
        cast(
            coalesce(
                order_lines.line_discount_amount, discounts_of_line.discount_amount, 0
            ) as decimal(18, 4)
        ) as carried_amount
    from order_lines
    left join discounts_of_line
        on order_lines.order_line_key = discounts_of_line.order_line_key

),

-- The header says the whole discount; without it, the list of discounts does.
missing as (

    select
        carried.order_key,
        coalesce(orders.header_discount_amount, discounts_of_order.discount_amount)
        - sum(carried.carried_amount) as spread_amount,
        sum(
            case
                when carried.is_gift_card then 0
                else carried.gross_amount - carried.carried_amount
            end
        ) as goods_amount
    from carried
    inner join orders
        on carried.order_key = orders.order_key
    left join discounts_of_order
        on carried.order_key = discounts_of_order.order_key
    group by carried.order_key, orders.header_discount_amount, discounts_of_order.discount_amount

),

-- A discount does not make a gift card cheaper while there are goods that it can be taken from.
weighed as (

    select
        carried.order_key,
        carried.order_line_key,
        missing.spread_amount,
        case
            when carried.is_gift_card and missing.goods_amount >= missing.spread_amount then 0
            when carried.gross_amount < carried.carried_amount then 0
            else carried.gross_amount - carried.carried_amount
        end as spread_weight,
        {{ smallest_payment('carried.minor_units') }} as spread_step,
        carried.line_number as spread_order
    from carried
    inner join missing
        on carried.order_key = missing.order_key
    where missing.spread_amount > 0

),

shares as (

    {{ spread('weighed', group_by=['order_key'], keep=['order_line_key']) }}

),

final as (

    select
        carried.order_line_key,
        carried.order_key,
        carried.source_system,
        carried.source_line_id,
        carried.source_product_id,
        carried.product_key,
        carried.sku,
        carried.description,
        carried.is_gift_card,
        carried.line_number,
        carried.order_date,
        carried.currency_code,
        carried.minor_units,
        carried.quantity,
        carried.unit_price,
        carried.gross_amount,
        cast(carried.carried_amount + coalesce(shares.share_amount, 0) as decimal(18, 4))
            as discount_amount,
        carried.tax_amount,
        carried.order_updated_at,
        carried.known_at
    from carried
    left join shares
        on carried.order_line_key = shares.order_line_key

)

select * from final
