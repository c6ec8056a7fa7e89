with

intervals as (

    select * from {{ ref('int_tier_interval__hold') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

tiers as (

    select * from {{ ref('int_loyalty_tier__name') }}

),

final as (

    select
        members.member_key || ':' || cast(intervals.valid_from as string) as tier_history_key,
        members.programme_code,
        members.member_key,
        members.customer_id,
        tiers.tier_code,
        tiers.tier_name,
        intervals.reason,
        intervals.rule_version,
        programmes.tier_basis,
        cast(intervals.tier_rank as integer) as tier_rank,
        intervals.qualifying_amount,
        intervals.valid_from,
        case when intervals.valid_to <= {{ as_of_date() }} then intervals.valid_to end as valid_to,
        intervals.term_end as term_end_date,
        coalesce(intervals.valid_to > {{ as_of_date() }}, true) as is_current
    from intervals
    inner join members on intervals.member_number = members.member_number
    inner join programmes on intervals.rule_version = programmes.rule_version
    inner join tiers
        on
            intervals.rule_version = tiers.rule_version
            and intervals.tier_rank = tiers.tier_rank
    where not intervals.is_projected

)

select * from final
