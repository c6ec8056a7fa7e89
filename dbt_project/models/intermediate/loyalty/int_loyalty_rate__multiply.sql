-- What a tier makes of a rate, where it makes something of it.
with

rates as (

    select * from {{ ref('int_loyalty_rate__match') }}

),

rules as (

    select * from {{ ref('loyalty_earn_rule') }}
    where rule_type = 'tier_multiplier'

),

classes as (

    select distinct
        product_class,
        rule_category,
        rule_product_type,
        rule_brand
    from {{ ref('int_loyalty_product__classify') }}

),

multipliers as (

    select
        rates.rate_number,
        rules.tier_code,
        max(rules.points) as tier_multiplier
    from rates
    left join classes on rates.product_class = classes.product_class
    inner join rules
        on
            rates.rule_version = rules.rule_version
            and (rules.valid_from is null or rates.valid_from >= rules.valid_from)
            and (rules.valid_to is null or rates.valid_from < rules.valid_to)
            and (rules.channel is null or rates.channel = rules.channel)
            and (rules.category is null or classes.rule_category = rules.category)
            and (rules.product_type is null or classes.rule_product_type = rules.product_type)
            and (rules.brand is null or classes.rule_brand = rules.brand)
    group by rates.rate_number, rules.tier_code

),

final as (

    select
        multipliers.rate_number,
        multipliers.tier_code,
        cast(
            round(
                rates.points_rate * rates.campaign_multiplier
                * cast(multipliers.tier_multiplier as decimal(9, 4)),
                4
            ) as decimal(9, 4)
        ) as points_per_unit
    from multipliers
    inner join rates on multipliers.rate_number = rates.rate_number

)

select * from final
