with

orders as (

    select * from {{ ref('int_order__unify') }}

),

facts as (

    select * from {{ ref('fct_order') }}

),

order_lines as (

    select * from {{ ref('int_order_line__allocate_discount') }}

),

currencies as (

    select * from {{ ref('currency') }}

),

quarantine as (

    select * from {{ ref('stg_lake__quarantine') }}

),

lines_of_order as (

    select
        order_key,
        max(order_updated_at) as order_updated_at
    from order_lines
    group by order_key

),

compared as (

    select
        facts.order_key,
        facts.source_system,
        facts.source_order_id,
        facts.order_date,
        facts.is_valid_order,
        facts.line_count,
        facts.currency_code,
        facts.exchange_rate,
        currencies.currency_code as known_currency_code,
        orders.header_discount_amount,
        orders.header_total_amount,
        facts.discount_amount,
        facts.gross_amount
        - facts.discount_amount
        + facts.shipping_amount
        + case when orders.prices_include_tax then 0 else facts.tax_amount end
            as lines_total_amount,
        coalesce(orders.updated_at <> lines_of_order.order_updated_at, false) as is_other_version
    from facts
    inner join orders
        on facts.order_key = orders.order_key
    left join lines_of_order
        on facts.order_key = lines_of_order.order_key
    left join currencies
        on facts.currency_code = currencies.currency_code

),

issues as (

    select
        *,
        case when known_currency_code is null then 'unknown_currency' else 'no_exchange_rate' end
            as issue,
        cast(null as decimal(18, 4)) as header_amount,
        cast(null as decimal(18, 4)) as lines_amount
    from compared
    where exchange_rate is null

    union all

    select
        *,
        'discount_differs' as issue,
        header_discount_amount as header_amount,
        discount_amount as lines_amount
    from compared
    where header_discount_amount <> discount_amount

    union all

    select
        *,
        'total_differs' as issue,
        header_total_amount as header_amount,
        lines_total_amount as lines_amount
    from compared
    where header_total_amount <> lines_total_amount

),

-- The ids that rejected lines name, whatever their source calls the column.
rejected_ids as (

    select distinct
        source_system,
        json_value
    from (
        {{ json_values(
            "(select * from quarantine where entity in ('order_lines', 'sale_lines')) as rejected",
            'payload',
            ['source_system']
        ) }}
    ) as payload_values

),

final as (

    select
        issues.order_key,
        issues.issue,
        issues.source_system,
        issues.order_date,
        issues.is_valid_order,
        issues.currency_code,
        cast(issues.line_count as integer) as line_count,
        issues.header_amount,
        cast(issues.lines_amount as decimal(18, 4)) as lines_amount,
        cast(issues.header_amount - issues.lines_amount as decimal(18, 4)) as difference,
        case
            when issues.issue in ('unknown_currency', 'no_exchange_rate') then null
            when rejected_ids.json_value is not null then 'line_quarantined'
            when issues.is_other_version then 'lines_of_another_version'
            when not issues.is_valid_order then 'order_does_not_count'
        end as explanation
    from issues
    left join rejected_ids
        on
            issues.source_system = rejected_ids.source_system
            and issues.source_order_id = rejected_ids.json_value

)

select * from final
