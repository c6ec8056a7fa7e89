with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

order_terms as (

    select * from {{ ref('int_order__unify') }}

),

products as (

    select * from {{ ref('int_loyalty_product__classify') }}

),

scopes as (

    select * from {{ ref('int_loyalty_scope__match') }}

),

rates as (

    select * from {{ ref('int_loyalty_rate__match') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

sold as (

    select
        order_lines.order_line_key,
        order_lines.order_key,
        order_lines.customer_id,
        order_lines.source_system,
        order_lines.channel,
        coalesce(order_lines.store_key, '') as store_key,
        coalesce(orders.country_code, '') as country_code,
        coalesce(products.scope_brand, '') as scope_brand,
        coalesce(products.product_class, 0) as product_class,
        order_lines.ordered_at,
        order_lines.order_date,
        order_lines.paid_by_points_amount,
        order_lines.gross_amount - order_lines.discount_amount as goods_amount,
        coalesce(order_lines.tax_amount, 0) as tax_amount,
        coalesce(order_terms.prices_include_tax, true) as prices_include_tax,
        orders.exchange_rate
    from order_lines
    inner join orders on order_lines.order_key = orders.order_key
    inner join order_terms on order_lines.order_key = order_terms.order_key
    left join products on order_lines.product_key = products.product_key
    where
        order_lines.is_valid_order
        and not order_lines.is_gift_card
        and order_lines.customer_id is not null

),

earning as (

    select
        sold.order_line_key,
        sold.order_key,
        members.member_number,
        rates.rate_number,
        rates.qualifying_rate,
        programmes.programme_code,
        programmes.rule_version,
        programmes.points_rounding,
        programmes.points_rounded_per,
        programmes.tier_counts_pending,
        programmes.pending_days,
        sold.ordered_at,
        sold.order_date,
        sold.goods_amount,
        sold.paid_by_points_amount,
        sold.exchange_rate,
        sold.goods_amount + case when sold.prices_include_tax then 0 else sold.tax_amount end
            as payable_amount,
        greatest(
            case
                when programmes.base_includes_tax and sold.prices_include_tax
                    then sold.goods_amount
                when programmes.base_includes_tax then sold.goods_amount + sold.tax_amount
                when sold.prices_include_tax then sold.goods_amount - sold.tax_amount
                else sold.goods_amount
            end,
            0
        ) as net_by_rule_amount
    from sold
    inner join scopes
        on
            sold.source_system = scopes.source_system
            and sold.store_key = scopes.store_key
            and sold.country_code = scopes.country_code
            and sold.scope_brand = scopes.brand
            and sold.order_date >= scopes.valid_from
            and (scopes.valid_to is null or sold.order_date < scopes.valid_to)
    inner join programmes on scopes.rule_version = programmes.rule_version
    inner join members
        on
            sold.customer_id = members.customer_id
            and scopes.programme_code = members.programme_code
            and sold.order_date >= members.member_since
    inner join rates
        on
            scopes.rule_version = rates.rule_version
            and sold.channel = rates.channel
            and sold.product_class = rates.product_class
            and sold.order_date >= rates.valid_from
            and (rates.valid_to is null or sold.order_date < rates.valid_to)

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
    from earning

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

    {{ whole_points(
        'converted',
        rate='qualifying_rate',
        columns=[
            'order_line_key', 'order_key', 'member_number', 'rate_number', 'qualifying_rate',
            'programme_code', 'rule_version', 'points_rounding', 'points_rounded_per',
            'tier_counts_pending', 'pending_days', 'ordered_at', 'order_date', 'goods_amount',
            'base_amount_reporting',
        ],
        points='qualifying_points',
    ) }}

)

select * from final
