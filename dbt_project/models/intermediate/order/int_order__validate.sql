with

orders as (

    select * from {{ ref('int_order__unify') }}

),

order_lines as (

    select * from {{ ref('int_order_line__allocate_discount') }}

),

refund_lines as (

    select * from {{ ref('int_refund_line__unify') }}

),

shipments as (

    select * from {{ ref('stg_eshop__shipments') }}

),

statuses as (

    select * from {{ ref('order_status') }}

),

goods as (

    select
        order_key,
        sum(gross_amount - discount_amount) as goods_amount
    from order_lines
    group by order_key

),

refunded as (

    select
        order_key,
        refunded_at,
        sum(amount) over (
            partition by order_key
            order by refunded_at, refund_line_key
            rows between unbounded preceding and current row
        ) as refunded_amount
    from refund_lines
    where order_key is not null

),

fully_refunded as (

    select
        refunded.order_key,
        min(refunded.refunded_at) as fully_refunded_at
    from refunded
    inner join goods
        on refunded.order_key = goods.order_key
    where refunded.refunded_amount >= goods.goods_amount and goods.goods_amount > 0
    group by refunded.order_key

),

shipped as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        min(coalesce(shipped_at, delivered_at)) as shipped_at
    from shipments
    where {{ business_date('coalesce(shipped_at, delivered_at)') }} <= {{ as_of_date() }}
    group by source_system, order_id

),

judged as (

    select
        orders.order_key,
        shipped.shipped_at as fulfilled_at,
        fully_refunded.fully_refunded_at,
        case
            when orders.is_deleted then 'deleted'
            when orders.is_test then 'test'
            when statuses.order_status is null then 'unknown_status'
            when not statuses.is_sale then statuses.invalid_reason
            when
                fully_refunded.fully_refunded_at < shipped.shipped_at
                or (
                    fully_refunded.fully_refunded_at is not null
                    and shipped.shipped_at is null
                    and not statuses.is_fulfilled
                )
                then 'refunded_before_fulfilment'
        end as invalid_reason
    from orders
    left join statuses
        on orders.order_status = statuses.order_status
    left join fully_refunded
        on orders.order_key = fully_refunded.order_key
    left join shipped
        on orders.order_key = shipped.order_key

),

final as (

    select
        order_key,
        invalid_reason is null as is_valid_order,
        invalid_reason,
        fulfilled_at,
        fully_refunded_at
    from judged

)

select * from final
