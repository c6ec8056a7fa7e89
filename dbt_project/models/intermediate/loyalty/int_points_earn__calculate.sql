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

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

earning_lines as (

    select
        order_lines.order_line_key,
        order_lines.order_key,
        order_lines.customer_id,
        order_lines.ordered_at,
        order_lines.order_date,
        order_lines.paid_by_points_amount,
        order_lines.gross_amount - order_lines.discount_amount as goods_amount,
        case
            when coalesce(order_terms.prices_include_tax, true) then 0
            else coalesce(order_lines.tax_amount, 0)
        end as tax_on_top_amount,
        case
            when coalesce(order_terms.prices_include_tax, true)
                then coalesce(order_lines.tax_amount, 0)
            else 0
        end as tax_inside_amount,
        orders.exchange_rate,
        programmes.rule_version,
        programmes.points_per_unit,
        programmes.points_rounding,
        programmes.base_includes_tax,
        programmes.pending_days,
        programmes.expiry_months,
        programmes.expiry_rounding,
        programmes.tier_counts_pending
    from order_lines
    inner join orders on order_lines.order_key = orders.order_key
    inner join order_terms on order_lines.order_key = order_terms.order_key
    inner join members
        on
            order_lines.customer_id = members.customer_id
            and order_lines.order_date >= members.member_since
    inner join programmes
        on
            order_lines.order_date >= programmes.valid_from
            and (
                programmes.valid_to is null
                or order_lines.order_date < programmes.valid_to
            )
    where
        order_lines.is_valid_order
        and not order_lines.is_gift_card

),

-- What was paid with points has been granted before: that share of the line earns nothing.
bases as (

    select
        *,
        goods_amount + tax_on_top_amount as payable_amount,
        case
            when base_includes_tax then goods_amount + tax_on_top_amount
            else goods_amount - tax_inside_amount
        end as net_by_rule_amount
    from earning_lines

),

shares as (

    select
        *,
        cast(greatest(payable_amount - paid_by_points_amount, 0) as double)
        / cast(nullif(payable_amount, 0) as double) as earning_share
    from bases

),

converted as (

    select
        *,
        cast(
            case
                when payable_amount > 0
                    then round(earning_share * net_by_rule_amount * exchange_rate, 4)
                else 0
            end as decimal(18, 4)
        ) as base_amount_reporting
    from shares

),

dated as (

    select
        *,
        {{ round_points('points_per_unit * base_amount_reporting', 'points_rounding') }} as points,
        {{ add_days('order_date', 'pending_days') }} as active_date,
        {{ points_expiry_date('order_date', 'expiry_months', 'expiry_rounding') }} as expires_date
    from converted

),

final as (

    select
        order_line_key as lot_id,
        order_line_key,
        order_key,
        customer_id,
        rule_version,
        points_rounding,
        points_per_unit,
        goods_amount,
        base_amount_reporting,
        points,
        ordered_at as occurred_at,
        order_date as earned_date,
        case
            when pending_days = 0 then ordered_at
            else {{ business_day_start('active_date') }}
        end as active_from,
        active_date,
        case when tier_counts_pending then order_date else active_date end as qualifies_date,
        expires_date,
        {{ business_day_start(add_days('expires_date', 1)) }} as expires_at
    from dated

)

select * from final
