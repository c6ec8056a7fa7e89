-- Each row names the version and rule, what is wrong with it and what to write instead.
with

programmes as (

    select
        *,
        lead(valid_from) over (partition by programme_code order by valid_from) as valid_to
    from {{ ref('loyalty_programme') }}

),

rules as (

    select
        *,
        coalesce(priority, 0) as rate_priority,
        coalesce(channel, category, product_type, brand, tier_code) is null
        and valid_from is null
        and valid_to is null as is_unconditional
    from {{ ref('loyalty_earn_rule') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

rates as (

    select * from rules
    where rule_type = 'rate'

),

final as (

    select
        programmes.rule_version,
        cast(null as string) as earn_rule_code,
        'the version needs exactly one rate without any condition, for what no other rate matches'
            as remedy
    from programmes
    left join rates
        on
            programmes.rule_version = rates.rule_version
            and rates.is_unconditional
    group by programmes.rule_version
    having count(rates.earn_rule_code) <> 1

    union all

    select
        rules.rule_version,
        rules.earn_rule_code,
        'no such version in loyalty_programme: correct the name' as remedy
    from rules
    left join programmes on rules.rule_version = programmes.rule_version
    where programmes.rule_version is null

    union all

    select
        rule_version,
        earn_rule_code,
        'rule_type must be rate, tier_multiplier or campaign_multiplier' as remedy
    from rules
    where not coalesce(rule_type in ('rate', 'tier_multiplier', 'campaign_multiplier'), false)

    union all

    select
        rule_version,
        earn_rule_code,
        'points must be given and not be negative' as remedy
    from rules
    where not coalesce(points >= 0, false)

    union all

    select
        rule_version,
        earn_rule_code,
        'channel must be online, store or empty' as remedy
    from rules
    where channel not in ('online', 'store')

    union all

    select
        rule_version,
        earn_rule_code,
        'tier_code must be given for a tier_multiplier and for nothing else' as remedy
    from rules
    where (rule_type = 'tier_multiplier') = (tier_code is null)

    union all

    select
        rules.rule_version,
        rules.earn_rule_code,
        'no tier of that code in the version: correct tier_code ' || rules.tier_code as remedy
    from rules
    left join tiers
        on
            rules.rule_version = tiers.rule_version
            and rules.tier_code = tiers.tier_code
    where
        rules.tier_code is not null
        and tiers.tier_code is null

    union all

    select
        rules.rule_version,
        rules.earn_rule_code,
        'the rule holds on no day of its version: correct valid_from or valid_to' as remedy
    from rules
    inner join programmes on rules.rule_version = programmes.rule_version
    where
        rules.valid_to <= rules.valid_from
        or rules.valid_to <= programmes.valid_from
        or rules.valid_from >= programmes.valid_to

    union all

    select
        rates.rule_version,
        rates.earn_rule_code,
        'a line can match ' || others.earn_rule_code
        || ' as well: give one of the two a higher priority' as remedy
    from rates
    inner join rates as others
        on
            rates.rule_version = others.rule_version
            and rates.rate_priority = others.rate_priority
            and rates.earn_rule_code < others.earn_rule_code
            and coalesce(rates.channel = others.channel, true)
            and coalesce(rates.category = others.category, true)
            and coalesce(rates.product_type = others.product_type, true)
            and coalesce(rates.brand = others.brand, true)
            and coalesce(rates.valid_to > others.valid_from, true)
            and coalesce(rates.valid_from < others.valid_to, true)

    union all

    select
        rates.rule_version,
        rates.earn_rule_code,
        'the rate without a condition has the priority ' || cast(others.rate_priority as string)
        || ' and would hide this one: give this one a higher priority' as remedy
    from rates
    inner join rates as others
        on
            rates.rule_version = others.rule_version
            and others.is_unconditional
            and not rates.is_unconditional
            and rates.rate_priority < others.rate_priority

)

select * from final
