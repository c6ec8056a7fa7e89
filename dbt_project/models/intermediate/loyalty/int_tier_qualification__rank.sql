-- The tier that the window of each day earns: a row for every day on which the amount changes and
-- the tier with it, for the first day of a version, and for the last change that has happened.
with

qualifications as (

    select * from {{ ref('int_tier_qualification__collect') }}

),

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

-- Every version judges what still counts in its own time by its own basis and window.
measured as (

    select
        qualifications.member_number,
        qualifications.changed_date,
        programmes.rule_version,
        programmes.valid_from,
        programmes.valid_to,
        {{ tier_amount('qualifications', 'programmes.tier_basis') }} as qualifying_amount,
        {{ tier_window_end('qualifications.counted_from', 'programmes', 'members.member_since') }}
            as leaves_date
    from qualifications
    inner join members on qualifications.member_number = members.member_number
    inner join programmes
        on
            members.programme_code = programmes.programme_code
            and (
                programmes.valid_to is null
                or qualifications.changed_date < programmes.valid_to
            )

),

counting as (

    select
        *,
        greatest(changed_date, valid_from) as from_date
    from measured
    where
        qualifying_amount <> 0
        and (
            leaves_date is null
            or (leaves_date > changed_date and leaves_date > valid_from)
        )

),

changes as (

    select
        member_number,
        rule_version,
        from_date,
        qualifying_amount as change_amount
    from counting

    union all

    select
        member_number,
        rule_version,
        leaves_date as from_date,
        -qualifying_amount as change_amount
    from counting
    where
        leaves_date is not null
        and (valid_to is null or leaves_date < valid_to)

    union all

    -- The first day of a version is judged even if nothing is bought on it.
    select
        members.member_number,
        programmes.rule_version,
        programmes.valid_from as from_date,
        cast(0 as decimal(18, 4)) as change_amount
    from programmes
    inner join members
        on
            programmes.programme_code = members.programme_code
            and programmes.valid_from >= members.member_since

),

daily_changes as (

    select
        member_number,
        rule_version,
        from_date,
        sum(change_amount) as change_amount
    from changes
    group by member_number, rule_version, from_date

),

totals as (

    select
        member_number,
        rule_version,
        from_date,
        cast(
            sum(change_amount) over (
                partition by member_number, rule_version
                order by from_date
                rows between unbounded preceding and current row
            ) as decimal(18, 4)
        ) as qualifying_amount
    from daily_changes

),

steps as (

    select
        rule_version,
        tier_rank,
        case when tier_rank > 0 then entry_threshold end as from_amount,
        lead(entry_threshold) over (partition by rule_version order by tier_rank) as to_amount
    from tiers

),

ranked as (

    select
        totals.member_number,
        totals.from_date,
        totals.rule_version,
        totals.qualifying_amount,
        steps.tier_rank
    from totals
    inner join steps
        on
            totals.rule_version = steps.rule_version
            and (steps.from_amount is null or totals.qualifying_amount >= steps.from_amount)
            and (steps.to_amount is null or totals.qualifying_amount < steps.to_amount)

),

neighbours as (

    select
        *,
        lag(tier_rank) over (partition by member_number order by from_date) as rank_before,
        lag(rule_version) over (partition by member_number order by from_date) as version_before,
        lead(from_date) over (partition by member_number order by from_date) as next_date
    from ranked

),

final as (

    select
        member_number,
        from_date,
        rule_version,
        qualifying_amount,
        tier_rank,
        from_date <= {{ as_of_date() }}
        and (next_date is null or next_date > {{ as_of_date() }}) as is_latest
    from neighbours
    where
        rank_before is distinct from tier_rank
        or version_before is distinct from rule_version
        or (
            from_date <= {{ as_of_date() }}
            and (next_date is null or next_date > {{ as_of_date() }})
        )

)

select * from final
