with

lines as (

    select * from {{ ref('fct_order_line') }}
    where
        is_valid_order
        and customer_id is not null
        and quantity > returned_quantity

),

products as (

    select * from {{ ref('dim_product') }}

),

rules as (

    select * from {{ ref('replenishment_rule') }}

),

-- Two receipts of one day are one purchase, as for the cadence.
purchase_days as (

    select distinct
        lines.customer_id,
        lines.product_key,
        products.product_type,
        lines.order_date
    from lines
    inner join products
        on lines.product_key = products.product_key
    inner join rules
        on products.product_type = rules.product_type

),

neighbours as (

    select
        customer_id,
        product_key,
        product_type,
        order_date,
        lag(order_date) over (
            partition by customer_id, product_key
            order by order_date
        ) as previous_order_date
    from purchase_days

),

gaps as (

    select
        customer_id,
        product_key,
        product_type,
        order_date,
        {{ day_difference('previous_order_date', 'order_date') }} as gap_days
    from neighbours

),

product_rhythms as (

    select
        product_key,
        count(gap_days) as gap_count,
        median(gap_days) as gap_days
    from gaps
    group by product_key

),

own_rhythms as (

    select
        customer_id,
        product_key,
        product_type,
        count(*) as purchases,
        count(gap_days) as gap_count,
        median(gap_days) as gap_days,
        max(order_date) as last_order_date
    from gaps
    group by customer_id, product_key, product_type

),

paced as (

    select
        own_rhythms.customer_id,
        own_rhythms.product_key,
        own_rhythms.purchases,
        own_rhythms.last_order_date,
        rules.notice_days,
        case
            when own_rhythms.gap_count >= rules.min_own_gaps then 'own'
            when product_rhythms.gap_count >= rules.min_product_gaps then 'product'
        end as rhythm,
        cast(
            round(
                case
                    when own_rhythms.gap_count >= rules.min_own_gaps
                        then own_rhythms.gap_days
                    when product_rhythms.gap_count >= rules.min_product_gaps
                        then product_rhythms.gap_days
                end
            ) as integer
        ) as usual_gap_days
    from own_rhythms
    inner join rules
        on own_rhythms.product_type = rules.product_type
    inner join product_rhythms
        on own_rhythms.product_key = product_rhythms.product_key

),

dated as (

    select
        *,
        {{ add_days('last_order_date', 'usual_gap_days') }} as due_date
    from paced
    where rhythm is not null

),

final as (

    select
        customer_id,
        product_key,
        rhythm,
        case
            when due_date < {{ add_days(as_of_date(), '-usual_gap_days') }} then 'lapsed'
            when due_date < {{ as_of_date() }} then 'overdue'
            when due_date <= {{ add_days(as_of_date(), 'notice_days') }} then 'due'
            else 'not_due'
        end as due_status,
        purchases,
        usual_gap_days,
        last_order_date,
        due_date,
        {{ as_of_date() }} as as_of_date
    from dated

)

select * from final
