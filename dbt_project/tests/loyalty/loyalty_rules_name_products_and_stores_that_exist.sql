-- Each row names the rule, the column, what stands there and what to do.
with

rules as (

    select * from {{ ref('loyalty_earn_rule') }}

),

scopes as (

    select * from {{ ref('loyalty_scope') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

stores as (

    select * from {{ ref('dim_store') }}

),

orders as (

    select distinct source_system from {{ ref('int_order__unify') }}

),

named as (
    {%- for column_name in ['category', 'product_type', 'brand'] %}

    select
        rule_version,
        earn_rule_code as row_name,
        '{{ column_name }}' as column_name,
        {{ column_name }} as given_value
    from rules
    where {{ column_name }} is not null

    union all
    {%- endfor %}
    {%- for column_name in ['source_system', 'store_key', 'brand'] %}

    select
        rule_version,
        'scope' as row_name,
        '{{ column_name }}' as column_name,
        {{ column_name }} as given_value
    from scopes
    where {{ column_name }} is not null
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

known as (
    {%- for column_name in ['category', 'product_type', 'brand'] %}

    select distinct
        '{{ column_name }}' as column_name,
        {{ column_name }} as known_value
    from products

    union all
    {%- endfor %}

    select
        'store_key' as column_name,
        store_key as known_value
    from stores

    union all

    select
        'source_system' as column_name,
        source_system as known_value
    from orders

),

final as (

    select
        named.*,
        'no such ' || named.column_name || ' has landed: correct the rule or remove it' as remedy
    from named
    left join known
        on
            named.column_name = known.column_name
            and named.given_value = known.known_value
    where known.known_value is null

)

select * from final
