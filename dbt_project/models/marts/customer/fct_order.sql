with

orders as (

    select * from {{ ref('int_order__unify') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

validity as (

    select * from {{ ref('int_order__validate') }}

),

payments as (

    select * from {{ ref('int_payment__unify') }}

),

refunds as (

    select * from {{ ref('stg_eshop__refunds') }}

),

rates as (

    select * from {{ ref('int_exchange_rate__arrange') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

lines_of_order as (

    select
        order_key,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount,
        sum(gift_card_amount) as gift_card_amount,
        sum(tax_amount) as tax_amount,
        sum(gross_amount_reporting) as gross_amount_reporting,
        sum(discount_amount_reporting) as discount_amount_reporting,
        sum(returned_amount_reporting) as returned_amount_reporting,
        sum(net_amount_reporting) as net_amount_reporting,
        sum(gift_card_amount_reporting) as gift_card_amount_reporting
    from order_lines
    group by order_key

),

payments_of_order as (

    select
        order_key,
        sum(amount) as paid_amount,
        sum(case when payment_method = 'points' then amount else 0 end) as paid_by_points_amount,
        sum(case when payment_method = 'gift_card' then amount else 0 end)
            as paid_by_gift_card_amount
    from payments
    where moves_money
    group by order_key

),

shipping_of_order as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        sum(shipping_amount) as refunded_shipping_amount
    from refunds
    where {{ business_date('refunded_at') }} <= {{ as_of_date() }}
    group by source_system, order_id

),

rated as (

    select
        orders.*,
        record_map.customer_id,
        validity.is_valid_order,
        validity.invalid_reason,
        validity.fulfilled_at,
        rates.exchange_rate,
        case
            when orders.currency_code = '{{ var("reporting_currency") }}' then orders.order_date
            else rates.valid_from
        end as exchange_rate_date
    from orders
    inner join validity
        on orders.order_key = validity.order_key
    left join record_map
        on orders.customer_record_key = record_map.customer_record_key
    left join rates
        on
            orders.currency_code = rates.currency_code
            and orders.order_date >= rates.valid_from
            and (orders.order_date < rates.valid_to or rates.valid_to is null)

),

-- Anonymous orders are not one person, and what does not count has no place in the sequence.
sequenced as (

    select
        order_key,
        row_number() over (
            partition by customer_id order by ordered_at, order_key
        ) as order_sequence
    from rated
    where is_valid_order and customer_id is not null

),

-- Without lines the reporting amounts are nought; without a rate they are not known.
final as (

    select
        rated.order_key,
        rated.customer_id,
        rated.source_system,
        rated.source_order_id,
        rated.channel,
        rated.sales_channel,
        rated.store_key,
        rated.country_code,
        rated.subscription_id,
        rated.order_status,
        rated.is_valid_order,
        rated.invalid_reason,
        cast(sequenced.order_sequence as integer) as order_sequence,
        rated.ordered_at,
        rated.order_date,
        rated.fulfilled_at,
        rated.currency_code,
        rated.exchange_rate,
        rated.exchange_rate_date,
        cast(coalesce(lines_of_order.line_count, 0) as integer) as line_count,
        cast(coalesce(lines_of_order.quantity, 0) as decimal(18, 4)) as quantity,
        cast(coalesce(lines_of_order.gross_amount, 0) as decimal(18, 4)) as gross_amount,
        cast(coalesce(lines_of_order.discount_amount, 0) as decimal(18, 4)) as discount_amount,
        cast(coalesce(lines_of_order.returned_amount, 0) as decimal(18, 4)) as returned_amount,
        cast(coalesce(lines_of_order.net_amount, 0) as decimal(18, 4)) as net_amount,
        cast(coalesce(lines_of_order.gift_card_amount, 0) as decimal(18, 4)) as gift_card_amount,
        rated.shipping_amount,
        cast(coalesce(shipping_of_order.refunded_shipping_amount, 0) as decimal(18, 4))
            as refunded_shipping_amount,
        cast(coalesce(rated.tax_amount, lines_of_order.tax_amount, 0) as decimal(18, 4))
            as tax_amount,
        cast(
            coalesce(
                rated.header_total_amount,
                coalesce(lines_of_order.gross_amount - lines_of_order.discount_amount, 0)
                + rated.shipping_amount
                + case
                    when rated.prices_include_tax then 0
                    else coalesce(rated.tax_amount, lines_of_order.tax_amount, 0)
                end
            ) as decimal(18, 4)
        ) as total_amount,
        cast(coalesce(payments_of_order.paid_amount, 0) as decimal(18, 4)) as paid_amount,
        cast(coalesce(payments_of_order.paid_by_points_amount, 0) as decimal(18, 4))
            as paid_by_points_amount,
        cast(coalesce(payments_of_order.paid_by_gift_card_amount, 0) as decimal(18, 4))
            as paid_by_gift_card_amount,
        cast(
            coalesce(
                lines_of_order.gross_amount_reporting,
                case when lines_of_order.order_key is null then 0 end
            ) as decimal(18, 4)
        ) as gross_amount_reporting,
        cast(
            coalesce(
                lines_of_order.discount_amount_reporting,
                case when lines_of_order.order_key is null then 0 end
            ) as decimal(18, 4)
        ) as discount_amount_reporting,
        cast(
            coalesce(
                lines_of_order.returned_amount_reporting,
                case when lines_of_order.order_key is null then 0 end
            ) as decimal(18, 4)
        ) as returned_amount_reporting,
        cast(
            coalesce(
                lines_of_order.net_amount_reporting,
                case when lines_of_order.order_key is null then 0 end
            ) as decimal(18, 4)
        ) as net_amount_reporting,
        cast(
            coalesce(
                lines_of_order.gift_card_amount_reporting,
                case when lines_of_order.order_key is null then 0 end
            ) as decimal(18, 4)
        ) as gift_card_amount_reporting
    from rated
    left join lines_of_order
        on rated.order_key = lines_of_order.order_key
    left join payments_of_order
        on rated.order_key = payments_of_order.order_key
    left join shipping_of_order
        on rated.order_key = shipping_of_order.order_key
    left join sequenced
        on rated.order_key = sequenced.order_key

)

select * from final
