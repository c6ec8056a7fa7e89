-- Each row names the version and tier, what is wrong with it and what to write instead.
with

tiers as (

    select
        *,
        row_number() over (partition by rule_version order by tier_rank) - 1 as expected_rank,
        lag(entry_threshold) over (partition by rule_version order by tier_rank)
            as entry_threshold_below,
        count(*) over (partition by rule_version, tier_code) as tiers_of_the_code
    from {{ ref('loyalty_tier') }}

),

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

final as (

    select
        programmes.rule_version,
        cast(null as string) as tier_code,
        'the version has no tiers: add at least its lowest one, with rank 0' as remedy
    from programmes
    left join tiers on programmes.rule_version = tiers.rule_version
    where tiers.rule_version is null

    union all

    select
        tiers.rule_version,
        tiers.tier_code,
        'no such version in loyalty_programme: correct the name' as remedy
    from tiers
    left join programmes on tiers.rule_version = programmes.rule_version
    where programmes.rule_version is null

    union all

    select
        rule_version,
        tier_code,
        'tier_rank must count 0, 1, 2, ... without a gap' as remedy
    from tiers
    where tier_rank <> expected_rank

    union all

    select
        rule_version,
        tier_code,
        'entry_threshold must be above that of the tier below' as remedy
    from tiers
    where not coalesce(entry_threshold > entry_threshold_below, tier_rank = 0)

    union all

    select
        rule_version,
        tier_code,
        'maintain_threshold must not be above entry_threshold, nor negative' as remedy
    from tiers
    where not coalesce(maintain_threshold between 0 and entry_threshold, false)

    union all

    select
        rule_version,
        tier_code,
        'the lowest tier is everybody''s: its thresholds must be 0' as remedy
    from tiers
    where
        tier_rank = 0
        and (entry_threshold <> 0 or maintain_threshold <> 0)

    union all

    select
        rule_version,
        tier_code,
        'tier_code must not repeat inside a version' as remedy
    from tiers
    where tiers_of_the_code > 1

)

select * from final
