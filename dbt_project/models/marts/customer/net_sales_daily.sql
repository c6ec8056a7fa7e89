with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

refund_lines as (

    select * from {{ ref('fct_refund_line') }}

),

ordered as (

    select
        order_date as business_date,
        channel,
        source_system,
        count(distinct order_key) as order_count,
        sum(case when is_gift_card then 0 else gross_amount_reporting end)
            as gross_amount_reporting,
        sum(case when is_gift_card then 0 else discount_amount_reporting end)
            as discount_amount_reporting,
        sum(case when is_gift_card then 0 else returned_amount_reporting end)
            as returned_by_order_date_reporting,
        sum(gift_card_amount_reporting) as gift_card_amount_reporting
    from order_lines
    where is_valid_order
    group by order_date, channel, source_system

),

refunded as (

    select
        refund_date as business_date,
        channel,
        source_system,
        sum(amount_reporting) as returned_by_refund_date_reporting
    from refund_lines
    where is_valid_order and not is_gift_card
    group by refund_date, channel, source_system

),

final as (

    select
        coalesce(ordered.business_date, refunded.business_date) as business_date,
        coalesce(ordered.channel, refunded.channel) as channel,
        coalesce(ordered.source_system, refunded.source_system) as source_system,
        cast(coalesce(ordered.order_count, 0) as integer) as orders,
        cast(coalesce(ordered.gross_amount_reporting, 0) as decimal(18, 4))
            as gross_amount_reporting,
        cast(coalesce(ordered.discount_amount_reporting, 0) as decimal(18, 4))
            as discount_amount_reporting,
        cast(coalesce(ordered.returned_by_order_date_reporting, 0) as decimal(18, 4))
            as returned_by_order_date_reporting,
        cast(coalesce(refunded.returned_by_refund_date_reporting, 0) as decimal(18, 4))
            as returned_by_refund_date_reporting,
        cast(
            coalesce(
                ordered.gross_amount_reporting
                - ordered.discount_amount_reporting
                - ordered.returned_by_order_date_reporting,
                0
            ) as decimal(18, 4)
        ) as net_by_order_date_reporting,
        cast(
            coalesce(ordered.gross_amount_reporting - ordered.discount_amount_reporting, 0)
            - coalesce(refunded.returned_by_refund_date_reporting, 0) as decimal(18, 4)
        ) as net_by_refund_date_reporting,
        cast(coalesce(ordered.gift_card_amount_reporting, 0) as decimal(18, 4))
            as gift_card_amount_reporting
    from ordered
    full outer join refunded
        on
            ordered.business_date = refunded.business_date
            and ordered.channel = refunded.channel
            and ordered.source_system = refunded.source_system

)

select * from final
