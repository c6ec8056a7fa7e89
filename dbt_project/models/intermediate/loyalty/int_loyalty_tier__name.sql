-- What a tier is called under a version. A version with fewer tiers than the one before it goes on
-- naming those that are still held as they were called last.
with

versions as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

named as (

    select
        versions.rule_version,
        tiers.tier_rank,
        tiers.tier_code,
        tiers.tier_name,
        row_number() over (
            partition by versions.rule_version, tiers.tier_rank
            order by naming_versions.valid_from desc
        ) as recency
    from versions
    inner join versions as naming_versions
        on
            versions.programme_code = naming_versions.programme_code
            and versions.valid_from >= naming_versions.valid_from
    inner join tiers on naming_versions.rule_version = tiers.rule_version

),

final as (

    select
        rule_version,
        tier_rank,
        tier_code,
        tier_name
    from named
    where recency = 1

)

select * from final
