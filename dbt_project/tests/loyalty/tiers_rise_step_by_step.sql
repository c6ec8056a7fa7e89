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

final as (

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
    where entry_threshold <= entry_threshold_below

    union all

    select
        rule_version,
        tier_code,
        'maintain_threshold must not be above entry_threshold, nor negative' as remedy
    from tiers
    where
        maintain_threshold > entry_threshold
        or maintain_threshold < 0

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
