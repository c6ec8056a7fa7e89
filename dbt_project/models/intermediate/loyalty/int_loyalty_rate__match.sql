-- The rate and the campaign of every version, channel and class of products, for every period in
-- which no rule of the version begins or ends.
with

rules as (

    select * from {{ ref('loyalty_earn_rule') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

classes as (

    select distinct
        product_class,
        rule_category,
        rule_product_type,
        rule_brand
    from {{ ref('int_loyalty_product__classify') }}

    union all

    -- Class 0 is what is sold without being a product that anybody knows.
    select
        0 as product_class,
        '' as rule_category,
        '' as rule_product_type,
        '' as rule_brand

),

channels as (

    select 'online' as channel
    union all
    select 'store' as channel

),

changes as (

    select
        rule_version,
        valid_from as change_date
    from programmes
    union
    select
        rule_version,
        valid_from as change_date
    from rules
    where valid_from is not null
    union
    select
        rule_version,
        valid_to as change_date
    from rules
    where valid_to is not null

),

periods as (

    select
        changes.rule_version,
        changes.change_date as valid_from,
        lead(changes.change_date) over (
            partition by changes.rule_version
            order by changes.change_date
        ) as valid_to
    from changes
    inner join programmes on changes.rule_version = programmes.rule_version
    where
        changes.change_date >= programmes.valid_from
        and (programmes.valid_to is null or changes.change_date < programmes.valid_to)

),

matched as (

    select
        periods.rule_version,
        periods.valid_from,
        periods.valid_to,
        channels.channel,
        classes.product_class,
        rules.rule_type,
        rules.points,
        row_number() over (
            partition by
                periods.rule_version,
                periods.valid_from,
                channels.channel,
                classes.product_class,
                rules.rule_type
            order by
                case when rules.rule_type = 'rate' then coalesce(rules.priority, 0) end desc,
                case when rules.rule_type <> 'rate' then rules.points end desc,
                rules.earn_rule_code asc
        ) as preference
    from periods
    cross join channels
    cross join classes
    inner join rules
        on
            periods.rule_version = rules.rule_version
            and (rules.valid_from is null or periods.valid_from >= rules.valid_from)
            and (rules.valid_to is null or periods.valid_from < rules.valid_to)
            and (rules.channel is null or channels.channel = rules.channel)
            and (rules.category is null or classes.rule_category = rules.category)
            and (rules.product_type is null or classes.rule_product_type = rules.product_type)
            and (rules.brand is null or classes.rule_brand = rules.brand)
    where rules.rule_type in ('rate', 'campaign_multiplier')

),

combined as (

    select
        rule_version,
        valid_from,
        valid_to,
        channel,
        product_class,
        max(case when rule_type = 'rate' then points end) as points_rate,
        coalesce(max(case when rule_type = 'campaign_multiplier' then points end), 1)
            as campaign_multiplier
    from matched
    where preference = 1
    group by rule_version, valid_from, valid_to, channel, product_class

),

final as (

    select
        row_number() over (
            order by rule_version, valid_from, channel, product_class
        ) as rate_number,
        rule_version,
        valid_from,
        valid_to,
        channel,
        product_class,
        cast(points_rate as decimal(9, 4)) as points_rate,
        cast(campaign_multiplier as decimal(9, 4)) as campaign_multiplier,
        cast(round(points_rate * campaign_multiplier, 4) as decimal(9, 4)) as qualifying_rate
    from combined

)

select * from final
