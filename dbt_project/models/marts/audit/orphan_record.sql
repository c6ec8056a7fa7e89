with

refund_rows as (

    select * from {{ ref('int_refund_row__unify') }}

),

orphans as (

    {{ records_without_parent() }}

    union all

    select
        source_system,
        case channel when 'online' then 'refunds' else 'returns' end as entity,
        case when currency_code is null then 'no_currency' else unlinked_reason end as reason,
        currency_code is not null as is_in_net_sales,
        amount,
        coalesce(named_order_key, refund_key) as parent_key
    from refund_rows
    where currency_code is null or unlinked_reason in ('order_not_found', 'other_currency')

),

final as (

    select
        source_system,
        entity,
        reason,
        is_in_net_sales,
        count(*) as row_count,
        cast(sum(amount) as decimal(18, 4)) as amount,
        min(parent_key) as example_key
    from orphans
    group by source_system, entity, reason, is_in_net_sales

)

select * from final
