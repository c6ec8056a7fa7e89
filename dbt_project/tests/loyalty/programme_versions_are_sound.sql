-- Each row names the version, what is wrong with it and what to write instead.
with

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

final as (

    select
        rule_version,
        'points_per_unit, point_value and the months must be above 0' as remedy
    from programmes
    where
        points_per_unit <= 0
        or point_value <= 0
        or tier_window_months <= 0
        or tier_term_months <= 0
        or expiry_months <= 0

    union all

    select
        rule_version,
        'pending_days, tier_grace_days and expiry_notice_days must not be negative' as remedy
    from programmes
    where
        pending_days < 0
        or tier_grace_days < 0
        or expiry_notice_days < 0

    union all

    select
        rule_version,
        'breakage_rate must lie between 0 and 1' as remedy
    from programmes
    where breakage_rate not between 0 and 1

    union all

    -- February is the shortest month: points must not expire before they can be spent.
    select
        rule_version,
        'pending_days must be fewer than 28 for each of expiry_months' as remedy
    from programmes
    where pending_days >= 28 * expiry_months

    union all

    select
        programmes.rule_version,
        'the version needs at least one tier in loyalty_tier' as remedy
    from programmes
    left join tiers on programmes.rule_version = tiers.rule_version
    where tiers.rule_version is null

)

select * from final
