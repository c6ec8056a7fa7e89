with

products as (

    select * from {{ ref('dim_product') }}

),

rules as (

    select * from {{ ref('loyalty_earn_rule') }}

),

scopes as (

    select * from {{ ref('loyalty_scope') }}

),

-- Products that no rule tells apart are one class: a value that no rule names is as good as none.
classified as (

    select
        product_key,
        case when category in (select rules.category from rules) then category else '' end
            as rule_category,
        case
            when product_type in (select rules.product_type from rules) then product_type
            else ''
        end
            as rule_product_type,
        case when brand in (select rules.brand from rules) then brand else '' end as rule_brand,
        case when brand in (select scopes.brand from scopes) then brand else '' end as scope_brand
    from products

),

final as (

    select
        *,
        dense_rank() over (
            order by rule_category, rule_product_type, rule_brand, scope_brand
        ) as product_class
    from classified

)

select * from final
