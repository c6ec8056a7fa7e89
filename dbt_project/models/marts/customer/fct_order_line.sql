with

order_lines as (

    select * from {{ ref('int_order_line__allocate_discount') }}

),

orders as (

    select * from {{ ref('int_order__unify') }}

),

validity as (

    select * from {{ ref('int_order__validate') }}

),

payments as (

    select * from {{ ref('int_order_line__allocate_payment') }}

),

refund_lines as (

    select * from {{ ref('int_refund_line__convert') }}

),

rates as (

    select * from {{ ref('int_exchange_rate__arrange') }}

),

reporting as (

    select minor_units
    from {{ ref('currency') }}
    where currency_code = '{{ var("reporting_currency") }}'

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

returned as (

    select
        order_line_key,
        sum(quantity) as returned_quantity,
        sum(amount) as returned_amount,
        sum(amount_reporting) as returned_amount_reporting
    from refund_lines
    where order_line_key is not null
    group by order_line_key

),

measured as (

    select
        order_lines.*,
        coalesce(returned.returned_quantity, 0) as returned_quantity,
        coalesce(returned.returned_amount, 0) as returned_amount,
        order_lines.gross_amount
        - order_lines.discount_amount
        - coalesce(returned.returned_amount, 0) as left_amount,
        {{ round_money(
            multiply_money('order_lines.gross_amount', 'rates.exchange_rate'),
            'reporting.minor_units'
        ) }} as gross_amount_reporting,
        -- The amount after discount is converted and the discount is the rest, so that a line that
        -- came back whole is nought in both currencies.
        {{ round_money(
            multiply_money(
                'order_lines.gross_amount - order_lines.discount_amount', 'rates.exchange_rate'
            ),
            'reporting.minor_units'
        ) }} as paid_amount_reporting,
        case
            when rates.exchange_rate is not null
                then coalesce(returned.returned_amount_reporting, 0)
        end as returned_amount_reporting
    from order_lines
    left join returned
        on order_lines.order_line_key = returned.order_line_key
    left join rates
        on
            order_lines.currency_code = rates.currency_code
            and order_lines.order_date >= rates.valid_from
            and (order_lines.order_date < rates.valid_to or rates.valid_to is null)
    cross join reporting

),

final as (

    select
        measured.order_line_key,
        measured.order_key,
        record_map.customer_id,
        measured.product_key,
        orders.store_key,
        measured.source_system,
        orders.channel,
        measured.sku,
        products.category,
        measured.is_gift_card,
        validity.is_valid_order,
        orders.ordered_at,
        measured.order_date,
        cast(measured.line_number as integer) as line_number,
        measured.quantity,
        cast(measured.returned_quantity as decimal(18, 4)) as returned_quantity,
        measured.currency_code,
        measured.unit_price,
        measured.gross_amount,
        measured.discount_amount,
        cast(measured.returned_amount as decimal(18, 4)) as returned_amount,
        cast(case when measured.is_gift_card then 0 else measured.left_amount end as decimal(18, 4))
            as net_amount,
        cast(case when measured.is_gift_card then measured.left_amount else 0 end as decimal(18, 4))
            as gift_card_amount,
        measured.tax_amount,
        coalesce(payments.paid_by_points_amount, cast(0 as decimal(18, 4)))
            as paid_by_points_amount,
        coalesce(payments.paid_by_gift_card_amount, cast(0 as decimal(18, 4)))
            as paid_by_gift_card_amount,
        measured.gross_amount_reporting,
        cast(measured.gross_amount_reporting - measured.paid_amount_reporting as decimal(18, 4))
            as discount_amount_reporting,
        cast(measured.returned_amount_reporting as decimal(18, 4)) as returned_amount_reporting,
        cast(
            case
                when measured.is_gift_card and measured.paid_amount_reporting is not null then 0
                else measured.paid_amount_reporting - measured.returned_amount_reporting
            end as decimal(18, 4)
        ) as net_amount_reporting,
        cast(
            case
                when not measured.is_gift_card and measured.paid_amount_reporting is not null then 0
                else measured.paid_amount_reporting - measured.returned_amount_reporting
            end as decimal(18, 4)
        ) as gift_card_amount_reporting
    from measured
    inner join orders
        on measured.order_key = orders.order_key
    inner join validity
        on measured.order_key = validity.order_key
    left join payments
        on measured.order_line_key = payments.order_line_key
    left join record_map
        on orders.customer_record_key = record_map.customer_record_key
    left join products
        on measured.product_key = products.product_key

)

select * from final
