with

postings as (

    select * from {{ ref('int_points_posting__append') }}

),

aliases as (

    select * from {{ ref('customer_id_alias') }}

),

-- Whom a posting speaks of today: its own customer, or whoever that one was merged into.
living as (

    select
        postings.*,
        case
            when aliases.former_customer_id is null then postings.posted_customer_id
            else aliases.customer_id
        end as customer_id
    from postings
    left join aliases on postings.posted_customer_id = aliases.former_customer_id

),

final as (

    select
        movement_id || '|' || posted_customer_id || '|' || cast(posted_date as string)
            as posting_id,
        movement_id,
        programme_code,
        programme_code || ':' || customer_id as member_key,
        customer_id,
        posted_customer_id,
        movement_type,
        lot_id,
        order_key,
        order_line_key,
        refund_line_key,
        payment_key,
        loyalty_event_key,
        rule_version,
        posting_cause,
        points,
        points_per_unit,
        base_amount_reporting,
        amount_reporting,
        occurred_at,
        movement_date,
        posted_date
    from living

)

select * from final
