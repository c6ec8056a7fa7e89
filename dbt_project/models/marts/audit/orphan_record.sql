with

orders as (

    select
        source_system,
        order_id
    from {{ ref('stg_eshop__orders') }}

),

sales as (

    select
        source_system,
        sale_id
    from {{ ref('stg_pos__sales') }}

),

refunds as (

    select
        source_system,
        refund_id
    from {{ ref('stg_eshop__refunds') }}

),

refund_rows as (

    select * from {{ ref('int_refund_row__unify') }}

),

{%- set children = [
    ('stg_eshop__order_lines', 'order_lines', 'orders', 'order_id', 'coalesce(gross_amount, quantity * unit_price)'),
    ('stg_eshop__payments', 'payments', 'orders', 'order_id', 'amount'),
    ('stg_eshop__discounts', 'discounts', 'orders', 'order_id', 'amount'),
    ('stg_eshop__shipments', 'shipments', 'orders', 'order_id', 'cast(0 as decimal(18, 4))'),
    ('stg_eshop__refund_lines', 'refund_lines', 'refunds', 'refund_id', 'amount'),
    ('stg_pos__sale_lines', 'sale_lines', 'sales', 'sale_id', 'coalesce(gross_amount, quantity * unit_price)'),
    ('stg_pos__payments', 'payments', 'sales', 'sale_id', 'amount'),
] %}

orphans as (
    {% for model, entity, parent, parent_id, amount in children %}
    select
        children.source_system,
        '{{ entity }}' as entity,
        'parent_not_landed' as reason,
        false as is_in_net_sales,
        cast({{ amount }} as decimal(18, 4)) as amount,
        {{ source_key('children.source_system', ['children.' ~ parent_id]) }} as parent_key
    from {{ ref(model) }} as children
    left join {{ parent }}
        on
            children.source_system = {{ parent }}.source_system
            and children.{{ parent_id }} = {{ parent }}.{{ parent_id }}
    where {{ parent }}.{{ parent_id }} is null

    union all
    {% endfor %}
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
