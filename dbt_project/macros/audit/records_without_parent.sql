{#- A query with every staged record whose parent has not landed.
    Columns source_system, entity, reason, is_in_net_sales, amount, parent_key. -#}
{% macro records_without_parent() -%}
    {%- set gross = 'coalesce(gross_amount, ' ~ multiply_money('quantity', 'unit_price') ~ ')' -%}
    {%- set children = [
        ('eshop', 'order_lines', 'orders', 'order_id', gross),
        ('eshop', 'payments', 'orders', 'order_id', 'amount'),
        ('eshop', 'discounts', 'orders', 'order_id', 'amount'),
        ('eshop', 'shipments', 'orders', 'order_id', '0'),
        ('eshop', 'refund_lines', 'refunds', 'refund_id', 'amount'),
        ('pos', 'sale_lines', 'sales', 'sale_id', gross),
        ('pos', 'payments', 'sales', 'sale_id', 'amount'),
    ] -%}
    {%- for kind, entity, parent, parent_id, amount in children %}
    select
        children.source_system,
        '{{ entity }}' as entity,
        'parent_not_landed' as reason,
        false as is_in_net_sales,
        cast({{ amount }} as decimal(18, 4)) as amount,
        {{ source_key('children.source_system', ['children.' ~ parent_id]) }} as parent_key
    from {{ ref('stg_' ~ kind ~ '__' ~ entity) }} as children
    left join (
        select source_system, {{ parent_id }} as parent_id
        from {{ ref('stg_' ~ kind ~ '__' ~ parent) }}
    ) as parents
        on children.source_system = parents.source_system and children.{{ parent_id }} = parents.parent_id
    where parents.parent_id is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
