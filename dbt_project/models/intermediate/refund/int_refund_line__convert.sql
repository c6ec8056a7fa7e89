with

refund_lines as (

    select * from {{ ref('int_refund_line__unify') }}

),

orders as (

    select * from {{ ref('int_order__unify') }}

),

rates as (

    select * from {{ ref('int_exchange_rate__arrange') }}

),

-- A refund is converted at the rate of its order, or at its own when it has none: the two views of
-- net sales are then the same money.
dated as (

    select
        refund_lines.*,
        coalesce(orders.order_date, refund_lines.refund_date) as converted_date
    from refund_lines
    left join orders
        on refund_lines.order_key = orders.order_key

),

rated as (

    select
        dated.*,
        rates.exchange_rate,
        case
            when dated.currency_code = '{{ var("reporting_currency") }}' then dated.converted_date
            else rates.valid_from
        end as exchange_rate_date,
        coalesce(
            sum(dated.amount) over (
                partition by coalesce(dated.order_line_key, dated.refund_line_key)
                order by dated.refunded_at, dated.refund_line_key
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as amount_before
    from dated
    left join rates
        on
            dated.currency_code = rates.currency_code
            and dated.converted_date >= rates.valid_from
            and (dated.converted_date < rates.valid_to or rates.valid_to is null)

),

reporting as (

    select minor_units
    from {{ ref('currency') }}
    where currency_code = '{{ var("reporting_currency") }}'

),

-- Rounded on the running sum of the line, so that what came back in parts sums to what came back.
final as (

    select
        rated.refund_line_key,
        rated.refund_key,
        rated.source_system,
        rated.channel,
        rated.store_key,
        rated.order_key,
        rated.order_line_key,
        rated.customer_record_key,
        rated.product_key,
        rated.is_gift_card,
        rated.resolution,
        rated.currency_code,
        rated.exchange_rate,
        rated.exchange_rate_date,
        rated.refunded_at,
        rated.refund_date,
        rated.reason,
        rated.quantity,
        rated.amount,
        rated.tax_amount,
        cast(
            {{ round_money(
                multiply_money('rated.amount_before + rated.amount', 'rated.exchange_rate'),
                'reporting.minor_units'
            ) }}
            - {{ round_money(
                multiply_money('rated.amount_before', 'rated.exchange_rate'),
                'reporting.minor_units'
            ) }}
            as decimal(18, 4)
        ) as amount_reporting,
        rated.known_at
    from rated
    cross join reporting

)

select * from final
