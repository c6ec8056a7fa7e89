{#- Every total twice: once straight from staging, once from the marts. The staging side repeats no
    model's logic, so that a slip in a model shows. -#}
with

orders as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        source_system,
        currency_code,
        coalesce(prices_include_tax, true) as prices_include_tax,
        discount_amount,
        ordered_at < {{ as_of_end() }} as is_in_time
    from {{ ref('stg_eshop__orders') }}

    union all

    select
        {{ source_key('source_system', ['sale_id']) }} as order_key,
        source_system,
        currency_code,
        coalesce(prices_include_tax, true) as prices_include_tax,
        discount_amount,
        sold_at < {{ as_of_end() }} as is_in_time
    from {{ ref('stg_pos__sales') }}

),

order_lines as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        source_system,
        quantity,
        unit_price,
        gross_amount
    from {{ ref('stg_eshop__order_lines') }}

    union all

    select
        {{ source_key('source_system', ['sale_id']) }} as order_key,
        source_system,
        quantity,
        unit_price,
        gross_amount
    from {{ ref('stg_pos__sale_lines') }}

),

payments as (

    select
        {{ source_key('source_system', ['order_id']) }} as order_key,
        source_system,
        amount
    from {{ ref('stg_eshop__payments') }}
    where
        payment_kind in ('capture', 'sale')
        and payment_status = 'succeeded'
        and paid_at < {{ as_of_end() }}

    union all

    select
        {{ source_key('source_system', ['sale_id']) }} as order_key,
        source_system,
        amount
    from {{ ref('stg_pos__payments') }}
    where paid_at < {{ as_of_end() }}

),

refunds as (

    select * from {{ ref('stg_eshop__refunds') }}

),

refund_lines as (

    select
        source_system,
        refund_id,
        sum(amount) as amount,
        sum(coalesce(tax_amount, 0)) as tax_amount
    from {{ ref('stg_eshop__refund_lines') }}
    group by source_system, refund_id

),

returned as (

    select * from {{ ref('stg_pos__returns') }}

),

currencies as (

    select * from {{ ref('currency') }}

),

facts as (

    select * from {{ ref('fct_order') }}

),

line_facts as (

    select * from {{ ref('fct_order_line') }}

),

refund_facts as (

    select * from {{ ref('fct_refund_line') }}

),

daily as (

    select * from {{ ref('net_sales_daily') }}

),

issues as (

    select * from {{ ref('order_issue') }}

),

staged_lines as (

    select
        order_lines.source_system,
        coalesce(orders.is_in_time, false) as is_counted,
        coalesce(
            order_lines.gross_amount,
            {{ round_money(
                multiply_money('order_lines.quantity', 'order_lines.unit_price'),
                'currencies.minor_units'
            ) }}
        ) as gross_amount
    from order_lines
    left join orders
        on order_lines.order_key = orders.order_key
    left join currencies
        on orders.currency_code = currencies.currency_code

),

-- Where prices exclude tax, what was given back is compared with its tax, as the header has it.
staged_refunds as (

    select
        refunds.source_system,
        refunds.refunded_at < {{ as_of_end() }}
        and coalesce(refunds.currency_code, orders.currency_code) is not null as is_counted,
        greatest(
            coalesce(refunds.total_amount - coalesce(refunds.shipping_amount, 0), 0),
            coalesce(refund_lines.amount, 0)
            + case
                when orders.is_in_time and not orders.prices_include_tax
                    then coalesce(refund_lines.tax_amount, 0)
                else 0
            end
        ) as amount
    from refunds
    left join refund_lines
        on
            refunds.source_system = refund_lines.source_system
            and refunds.refund_id = refund_lines.refund_id
    left join orders
        on
            {{ source_key('refunds.source_system', ['refunds.order_id']) }} = orders.order_key
            and orders.is_in_time

    union all

    select
        source_system,
        returned_at < {{ as_of_end() }} as is_counted,
        amount
    from returned

),

sides as (

    select
        'orders' as measure,
        source_system,
        count(*) as source_total,
        sum(case when is_in_time then 0 else 1 end) as excluded_total,
        0 as mart_total
    from orders
    group by source_system

    union all

    select
        'orders' as measure,
        source_system,
        0 as source_total,
        0 as excluded_total,
        count(*) as mart_total
    from facts
    group by source_system

    union all

    select
        'order_lines' as measure,
        source_system,
        count(*) as source_total,
        sum(case when is_counted then 0 else 1 end) as excluded_total,
        0 as mart_total
    from staged_lines
    group by source_system

    union all

    select
        'order_lines' as measure,
        source_system,
        0 as source_total,
        0 as excluded_total,
        count(*) as mart_total
    from line_facts
    group by source_system

    union all

    select
        'gross_amount' as measure,
        source_system,
        sum(gross_amount) as source_total,
        sum(case when is_counted then 0 else gross_amount end) as excluded_total,
        0 as mart_total
    from staged_lines
    group by source_system

    union all

    select
        'gross_amount' as measure,
        source_system,
        0 as source_total,
        0 as excluded_total,
        sum(gross_amount) as mart_total
    from facts
    group by source_system

    union all

    select
        'discount_amount' as measure,
        orders.source_system,
        sum(orders.discount_amount) as source_total,
        sum(case when orders.is_in_time then 0 else orders.discount_amount end) as excluded_total,
        sum(coalesce(facts.discount_amount, 0)) as mart_total
    from orders
    left join facts
        on orders.order_key = facts.order_key
    where orders.discount_amount is not null
    group by orders.source_system

    union all

    select
        'discount_amount' as measure,
        source_system,
        0 as source_total,
        sum(difference) as excluded_total,
        0 as mart_total
    from issues
    where issue = 'discount_differs' and explanation is not null
    group by source_system

    union all

    select
        'paid_amount' as measure,
        payments.source_system,
        sum(payments.amount) as source_total,
        sum(case when orders.is_in_time then 0 else payments.amount end) as excluded_total,
        0 as mart_total
    from payments
    left join orders
        on payments.order_key = orders.order_key
    group by payments.source_system

    union all

    select
        'paid_amount' as measure,
        source_system,
        0 as source_total,
        0 as excluded_total,
        sum(paid_amount) as mart_total
    from facts
    group by source_system

    union all

    select
        'refunded_amount' as measure,
        source_system,
        sum(amount) as source_total,
        sum(case when is_counted then 0 else amount end) as excluded_total,
        0 as mart_total
    from staged_refunds
    group by source_system

    union all

    select
        'refunded_amount' as measure,
        refund_facts.source_system,
        0 as source_total,
        0 as excluded_total,
        sum(
            refund_facts.amount
            + case
                when refund_facts.channel = 'online' and not orders.prices_include_tax
                    then refund_facts.tax_amount
                else 0
            end
        ) as mart_total
    from refund_facts
    left join orders
        on refund_facts.order_key = orders.order_key
    group by refund_facts.source_system

    -- Lines against headers, and the two views of net sales against each other.
    union all

    select
        'net_amount_reporting' as measure,
        source_system,
        sum(net_amount_reporting) as source_total,
        0 as excluded_total,
        0 as mart_total
    from line_facts
    where is_valid_order
    group by source_system

    union all

    select
        'net_amount_reporting' as measure,
        source_system,
        0 as source_total,
        0 as excluded_total,
        sum(net_amount_reporting) as mart_total
    from facts
    where is_valid_order
    group by source_system

    union all

    select
        'net_by_order_date' as measure,
        source_system,
        sum(net_amount_reporting) as source_total,
        0 as excluded_total,
        0 as mart_total
    from facts
    where is_valid_order
    group by source_system

    union all

    select
        'net_by_order_date' as measure,
        source_system,
        0 as source_total,
        0 as excluded_total,
        sum(net_by_order_date_reporting) as mart_total
    from daily
    group by source_system

    -- Goods may be taken back by another system than the one that sold them.
    union all

    select
        'net_by_refund_date' as measure,
        '(all)' as source_system,
        sum(net_by_order_date_reporting) as source_total,
        0 as excluded_total,
        sum(net_by_refund_date_reporting) as mart_total
    from daily

    union all

    select
        'net_by_refund_date' as measure,
        '(all)' as source_system,
        0 as source_total,
        coalesce(sum(amount_reporting), 0) as excluded_total,
        0 as mart_total
    from refund_facts
    where order_line_key is null and is_valid_order and not is_gift_card

),

summed as (

    select
        measure,
        source_system,
        coalesce(sum(source_total), 0) as source_total,
        coalesce(sum(excluded_total), 0) as excluded_total,
        coalesce(sum(mart_total), 0) as mart_total
    from sides
    group by measure, source_system

),

final as (

    select
        measure,
        source_system,
        cast(source_total as decimal(18, 4)) as source_total,
        cast(excluded_total as decimal(18, 4)) as excluded_total,
        cast(mart_total as decimal(18, 4)) as mart_total,
        cast(source_total - excluded_total - mart_total as decimal(18, 4)) as difference
    from summed

)

select * from final
