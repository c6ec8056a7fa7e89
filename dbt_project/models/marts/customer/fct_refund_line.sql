with

refund_lines as (

    select * from {{ ref('int_refund_line__convert') }}

),

validity as (

    select * from {{ ref('int_order__validate') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

final as (

    select
        refund_lines.refund_line_key,
        refund_lines.refund_key,
        refund_lines.order_key,
        refund_lines.order_line_key,
        record_map.customer_id,
        refund_lines.product_key,
        refund_lines.store_key,
        refund_lines.source_system,
        refund_lines.channel,
        refund_lines.resolution,
        refund_lines.is_gift_card,
        coalesce(validity.is_valid_order, true) as is_valid_order,
        refund_lines.refunded_at,
        refund_lines.refund_date,
        refund_lines.quantity,
        refund_lines.currency_code,
        refund_lines.amount,
        refund_lines.tax_amount,
        refund_lines.exchange_rate,
        refund_lines.exchange_rate_date,
        refund_lines.amount_reporting
    from refund_lines
    left join validity
        on refund_lines.order_key = validity.order_key
    left join record_map
        on refund_lines.customer_record_key = record_map.customer_record_key

)

select * from final
