with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

orders as (

    select * from {{ ref('int_loyalty_order__enrol') }}

),

products as (

    select * from {{ ref('int_loyalty_product__classify') }}

),

rules as (

    select * from {{ ref('int_loyalty_line__govern') }}

),

earning as (

    select
        order_lines.order_line_key,
        order_lines.order_key,
        orders.member_number,
        rules.rate_number,
        rules.qualifying_rate,
        rules.programme_code,
        rules.rule_version,
        rules.points_rounding,
        rules.points_rounded_per,
        rules.tier_counts_pending,
        rules.pending_days,
        rules.base_includes_tax,
        order_lines.ordered_at,
        order_lines.order_date,
        order_lines.paid_by_points_amount,
        order_lines.gross_amount - order_lines.discount_amount as goods_amount,
        coalesce(order_lines.tax_amount, 0) as tax_amount,
        orders.prices_include_tax,
        orders.exchange_rate
    from order_lines
    inner join orders on order_lines.order_key = orders.order_key
    left join products on order_lines.product_key = products.product_key
    inner join rules
        on
            orders.programme_code = rules.programme_code
            and orders.place_class = rules.place_class
            and order_lines.channel = rules.channel
            and coalesce(products.product_class, 0) = rules.product_class
            and order_lines.order_date >= rules.valid_from
            and order_lines.order_date < rules.valid_to
    where
        order_lines.is_valid_order
        and not order_lines.is_gift_card

),

payable as (

    select
        *,
        goods_amount + case when prices_include_tax then 0 else tax_amount end as payable_amount,
        greatest(
            case
                when base_includes_tax and prices_include_tax then goods_amount
                when base_includes_tax then goods_amount + tax_amount
                when prices_include_tax then goods_amount - tax_amount
                else goods_amount
            end,
            0
        ) as net_by_rule_amount
    from earning

),

-- What was paid with points has been granted before: that share of the line earns nothing.
shared as (

    select
        *,
        cast(
            case
                when payable_amount <= 0 or paid_by_points_amount >= payable_amount then 0
                when paid_by_points_amount = 0 then net_by_rule_amount
                else
                    {{ proportion(
                        'net_by_rule_amount', 'payable_amount - paid_by_points_amount', 'payable_amount'
                    ) }}
            end as decimal(18, 4)
        ) as earning_amount
    from payable

),

converted as (

    select
        *,
        cast(
            case
                when exchange_rate = 1 then earning_amount
                else round({{ multiply_money('earning_amount', 'exchange_rate') }}, 4)
            end as decimal(18, 4)
        ) as base_amount_reporting
    from shared

),

final as (

    select
        order_line_key,
        order_key,
        member_number,
        rate_number,
        qualifying_rate,
        programme_code,
        rule_version,
        points_rounding,
        points_rounded_per,
        tier_counts_pending,
        pending_days,
        ordered_at,
        order_date,
        goods_amount,
        base_amount_reporting,
        case
            when points_rounded_per = 'line'
                then
                    {{ round_points('qualifying_rate * base_amount_reporting', 'points_rounding') }}
        end as qualifying_line_points
    from converted

)

select * from final
