with

orders as (

    select * from {{ ref('int_order__unify') }}

),

order_lines as (

    select * from {{ ref('int_order_line__allocate_discount') }}

),

refunds as (

    select
        *,
        {{ source_key('source_system', ['refund_id']) }} as refund_key,
        {{ source_key('source_system', ['order_id']) }} as named_order_key
    from {{ ref('stg_eshop__refunds') }}

),

refund_lines as (

    select * from {{ ref('stg_eshop__refund_lines') }}

),

returned as (

    select * from {{ ref('stg_pos__returns') }}

),

currencies as (

    select * from {{ ref('currency') }}

),

goods_of_order as (

    select
        order_key,
        sum(gross_amount - discount_amount) as goods_amount
    from order_lines
    group by order_key

),

online_lines as (

    select
        refunds.source_system,
        refunds.refund_key,
        refund_lines.refund_line_id as source_refund_line_id,
        refunds.named_order_key as order_key,
        case
            when {{ is_given('refunds.customer_id') }}
                then {{ customer_record_key(
                    'refunds.source_system', "'eshop_account'", 'refunds.customer_id'
                ) }}
        end as customer_record_key,
        refunds.currency_code,
        refund_lines.line_id as source_line_id,
        refund_lines.product_id as source_product_id,
        refund_lines.quantity,
        refund_lines.amount,
        coalesce(refund_lines.tax_amount, 0) as tax_amount,
        refunds.refunded_at,
        refunds.reason,
        refund_lines.known_at
    from refunds
    inner join refund_lines
        on
            refunds.source_system = refund_lines.source_system
            and refunds.refund_id = refund_lines.refund_id

),

lines_of_refund as (

    select
        refund_key,
        sum(amount) as amount,
        sum(tax_amount) as tax_amount
    from online_lines
    group by refund_key

),

-- What a refund gave back beyond its lines and the shipping: money that names no goods.
money_of_refund as (

    select
        refunds.*,
        orders.order_key,
        coalesce(orders.prices_include_tax, true) as prices_include_tax,
        coalesce(refunds.currency_code, orders.currency_code) as money_currency_code,
        orders.tax_amount as order_tax_amount,
        refunds.total_amount
        - coalesce(refunds.shipping_amount, 0)
        - coalesce(lines_of_refund.amount, 0)
        - case
            when coalesce(orders.prices_include_tax, true) then 0
            else coalesce(lines_of_refund.tax_amount, 0)
        end as money_amount
    from refunds
    left join orders
        on refunds.named_order_key = orders.order_key
    left join lines_of_refund
        on refunds.refund_key = lines_of_refund.refund_key

),

-- Where prices exclude tax, the money has the order's share of tax in it.
money_priced as (

    select
        money_of_refund.*,
        case
            when
                money_of_refund.prices_include_tax
                or coalesce(money_of_refund.order_tax_amount, 0) = 0
                or coalesce(goods_of_order.goods_amount, 0) <= 0
                then money_of_refund.money_amount
            else {{ round_money(
                'cast(money_of_refund.money_amount as double)'
                ~ ' * cast(goods_of_order.goods_amount as double)'
                ~ ' / cast(goods_of_order.goods_amount + money_of_refund.order_tax_amount as double)',
                'currencies.minor_units'
            ) }}
        end as goods_money_amount
    from money_of_refund
    left join goods_of_order
        on money_of_refund.order_key = goods_of_order.order_key
    left join currencies
        on money_of_refund.money_currency_code = currencies.currency_code
    where money_of_refund.money_amount > 0

),

online_money as (

    select
        source_system,
        refund_key,
        'money' as source_refund_line_id,
        named_order_key as order_key,
        case
            when {{ is_given('customer_id') }}
                then {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
        end as customer_record_key,
        currency_code,
        cast(null as string) as source_line_id,
        cast(null as string) as source_product_id,
        cast(0 as decimal(18, 4)) as quantity,
        goods_money_amount as amount,
        money_amount - goods_money_amount as tax_amount,
        refunded_at,
        reason,
        known_at
    from money_priced

),

unified as (

    select
        *,
        'online' as channel,
        cast(null as string) as store_key,
        cast(null as string) as sku
    from online_lines

    union all

    select
        *,
        'online' as channel,
        cast(null as string) as store_key,
        cast(null as string) as sku
    from online_money

    union all

    select
        source_system,
        {{ source_key('source_system', ['return_id']) }} as refund_key,
        return_line_id as source_refund_line_id,
        {{ source_key('source_system', ['sale_id']) }} as order_key,
        case
            when {{ is_given('card_number') }}
                then {{ customer_record_key('source_system', "'loyalty_card'", 'card_number') }}
        end as customer_record_key,
        currency_code,
        line_id as source_line_id,
        product_id as source_product_id,
        quantity,
        amount,
        coalesce(tax_amount, 0) as tax_amount,
        returned_at as refunded_at,
        reason,
        known_at,
        'store' as channel,
        {{ source_key('source_system', ['store_id']) }} as store_key,
        nullif(trim(sku), '') as sku
    from returned

),

dated as (

    select
        *,
        {{ business_date('refunded_at') }} as refund_date
    from unified

),

final as (

    select
        dated.refund_key || ':' || dated.source_refund_line_id as refund_row_key,
        dated.refund_key,
        dated.source_system,
        case
            when orders.sales_channel = 'pos' then orders.channel
            else dated.channel
        end as channel,
        dated.store_key,
        -- Money in another currency than the order's cannot be taken from the order's amounts.
        case
            when coalesce(dated.currency_code, orders.currency_code) = orders.currency_code
                then orders.order_key
        end as order_key,
        dated.order_key as named_order_key,
        case
            when dated.order_key is null then 'no_receipt'
            when orders.order_key is null then 'order_not_found'
            when dated.currency_code <> orders.currency_code then 'other_currency'
        end as unlinked_reason,
        coalesce(dated.customer_record_key, orders.customer_record_key) as customer_record_key,
        dated.source_line_id,
        dated.source_product_id,
        dated.sku,
        coalesce(dated.currency_code, orders.currency_code) as currency_code,
        dated.refunded_at,
        dated.refund_date,
        dated.quantity,
        cast(dated.amount as decimal(18, 4)) as amount,
        cast(dated.tax_amount as decimal(18, 4)) as tax_amount,
        dated.reason,
        dated.known_at
    from dated
    left join orders
        on dated.order_key = orders.order_key
    where dated.refund_date <= {{ as_of_date() }}

)

select * from final
