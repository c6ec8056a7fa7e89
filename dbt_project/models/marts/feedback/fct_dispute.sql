with

disputes as (

    select * from {{ ref('stg_service__disputes') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

dated as (

    select
        *,
        {{ business_date('opened_at') }} as opened_date,
        case when {{ business_date('closed_at') }} <= {{ as_of_date() }} then closed_at end
            as decided_at
    from disputes
    where {{ business_date('opened_at') }} <= {{ as_of_date() }}

),

final as (

    select
        {{ source_key('dated.source_system', ['dated.dispute_id']) }} as dispute_key,
        orders.customer_id,
        orders.order_key,
        dated.source_system,
        dated.reason,
        dated.decided_at is null as is_open,
        case when dated.decided_at is not null then dated.outcome end as outcome,
        dated.currency_code,
        dated.amount,
        dated.opened_at,
        dated.opened_date,
        dated.decided_at as closed_at
    from dated
    left join order_references
        on dated.order_id = order_references.source_order_id
    left join orders
        on order_references.order_key = orders.order_key

)

select * from final
