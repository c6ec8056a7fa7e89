-- The tiers of every member, interval by interval, and the one interval that would follow today's
-- if nothing more were bought. Each interval depends on when the one before it began, hence the
-- recursion: as deep as the member with the most intervals.
with recursive members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

qualifications as (

    select * from {{ ref('int_tier_qualification__collect') }}

),

-- A rank is in force until the next one of the member.
ranks as (

    select
        *,
        lead(from_date) over (partition by customer_id order by from_date) as to_date
    from {{ ref('int_tier_qualification__rank') }}

),

versions as (

    select
        programmes.rule_version,
        programmes.valid_from,
        programmes.valid_to,
        programmes.tier_basis,
        programmes.tier_term_months,
        programmes.tier_grace_days,
        programmes.tier_downgrade_policy
    from programmes

),

programme_start as (

    select min(valid_from) as valid_from
    from versions

),

-- Before the programme began there was no tier to hold.
starts as (

    select
        members.customer_id,
        greatest(members.member_since, programme_start.valid_from) as valid_from
    from members
    cross join programme_start

),

entries as (

    select
        starts.customer_id,
        starts.valid_from,
        versions.rule_version,
        coalesce(ranks.tier_rank, 0) as tier_rank,
        coalesce(ranks.qualifying_amount, 0) as qualifying_amount,
        {{ tier_term_end('coalesce(ranks.tier_rank, 0)', 'starts.valid_from', 'versions') }}
            as term_end
    from starts
    inner join versions
        on
            starts.valid_from >= versions.valid_from
            and (versions.valid_to is null or starts.valid_from < versions.valid_to)
    left join ranks
        on
            starts.customer_id = ranks.customer_id
            and starts.valid_from >= ranks.from_date
            and (ranks.to_date is null or starts.valid_from < ranks.to_date)
    where starts.valid_from <= {{ as_of_date() }}

),

intervals as (

    select
        customer_id,
        cast(1 as bigint) as interval_number,
        cast(tier_rank as integer) as tier_rank,
        'entry' as reason,
        rule_version,
        cast(qualifying_amount as decimal(18, 4)) as qualifying_amount,
        valid_from,
        term_end
    from entries

    union all

    (
        with

        held as (

            select
                intervals.*,
                end_version.tier_basis as end_basis,
                {{ add_days('intervals.term_end', 'end_version.tier_grace_days') }} as grace_end
            from intervals
            left join versions as end_version
                on
                    intervals.term_end >= end_version.valid_from
                    and (
                        end_version.valid_to is null or intervals.term_end < end_version.valid_to
                    )
            where intervals.valid_from <= {{ as_of_date() }}

        ),

        -- What was earned inside the term, refunds of it off, at its end and at the end of grace.
        earned as (

            select
                held.customer_id,
                sum(
                    case
                        when qualifications.changed_date < held.term_end
                            then {{ tier_amount('qualifications', 'held.end_basis') }}
                        else 0
                    end
                ) as term_amount,
                sum({{ tier_amount('qualifications', 'held.end_basis') }}) as grace_amount
            from held
            inner join qualifications
                on
                    held.customer_id = qualifications.customer_id
                    and held.valid_from <= qualifications.counted_from
                    and held.grace_end > qualifications.changed_date
            group by held.customer_id

        ),

        judged as (

            select
                held.customer_id,
                held.interval_number,
                held.tier_rank,
                held.valid_from,
                held.term_end,
                held.grace_end,
                cast(coalesce(earned.term_amount, 0) as decimal(18, 4)) as term_amount,
                cast(coalesce(earned.grace_amount, 0) as decimal(18, 4)) as grace_amount,
                coalesce(
                    coalesce(earned.term_amount, 0) >= term_tier.maintain_threshold
                    or term_rank.tier_rank >= held.tier_rank,
                    false
                ) as is_kept_at_term_end,
                coalesce(
                    coalesce(earned.grace_amount, 0) >= grace_tier.maintain_threshold
                    or grace_rank.tier_rank >= held.tier_rank,
                    false
                ) as is_kept_in_grace,
                case grace_version.tier_downgrade_policy
                    when 'one_step' then held.tier_rank - 1
                    when 'to_earned' then coalesce(grace_rank.tier_rank, 0)
                end as lower_rank
            from held
            left join earned on held.customer_id = earned.customer_id
            left join versions as term_version
                on
                    held.term_end >= term_version.valid_from
                    and (term_version.valid_to is null or held.term_end < term_version.valid_to)
            left join versions as grace_version
                on
                    held.grace_end >= grace_version.valid_from
                    and (grace_version.valid_to is null or held.grace_end < grace_version.valid_to)
            left join tiers as term_tier
                on
                    term_version.rule_version = term_tier.rule_version
                    and held.tier_rank = term_tier.tier_rank
            left join tiers as grace_tier
                on
                    grace_version.rule_version = grace_tier.rule_version
                    and held.tier_rank = grace_tier.tier_rank
            left join ranks as term_rank
                on
                    held.customer_id = term_rank.customer_id
                    and held.term_end >= term_rank.from_date
                    and (term_rank.to_date is null or held.term_end < term_rank.to_date)
            left join ranks as grace_rank
                on
                    held.customer_id = grace_rank.customer_id
                    and held.grace_end >= grace_rank.from_date
                    and (grace_rank.to_date is null or held.grace_end < grace_rank.to_date)

        ),

        decided as (

            select
                *,
                case when is_kept_at_term_end then term_end else grace_end end as decision_date,
                case
                    when is_kept_at_term_end or is_kept_in_grace then tier_rank
                    else lower_rank
                end as decided_rank,
                case when is_kept_at_term_end then term_amount else grace_amount end
                    as decided_amount
            from judged

        ),

        -- The first day that earns a higher tier comes before whatever the term's end would bring.
        upgrades as (

            select
                decided.customer_id,
                min(ranks.from_date) as upgrade_date
            from decided
            inner join ranks
                on
                    decided.customer_id = ranks.customer_id
                    and decided.valid_from < ranks.from_date
                    and decided.tier_rank < ranks.tier_rank
                    and (
                        decided.decision_date is null
                        or decided.decision_date >= ranks.from_date
                    )
            group by decided.customer_id

        ),

        followed as (

            select
                decided.customer_id,
                decided.interval_number + 1 as interval_number,
                coalesce(ranks.tier_rank, decided.decided_rank) as tier_rank,
                case
                    when ranks.tier_rank is not null then 'upgrade'
                    when decided.decided_rank = decided.tier_rank then 'renewal'
                    else 'downgrade'
                end as reason,
                coalesce(ranks.qualifying_amount, decided.decided_amount) as qualifying_amount,
                coalesce(upgrades.upgrade_date, decided.decision_date) as valid_from
            from decided
            left join upgrades on decided.customer_id = upgrades.customer_id
            left join ranks
                on
                    upgrades.customer_id = ranks.customer_id
                    and upgrades.upgrade_date = ranks.from_date
            where coalesce(upgrades.upgrade_date, decided.decision_date) is not null

        )

        select
            followed.customer_id,
            followed.interval_number,
            cast(followed.tier_rank as integer) as tier_rank,
            followed.reason,
            versions.rule_version,
            cast(followed.qualifying_amount as decimal(18, 4)) as qualifying_amount,
            followed.valid_from,
            {{ tier_term_end('followed.tier_rank', 'followed.valid_from', 'versions') }} as term_end
        from followed
        inner join versions
            on
                followed.valid_from >= versions.valid_from
                and (versions.valid_to is null or followed.valid_from < versions.valid_to)
    )

),

final as (

    select
        customer_id,
        interval_number,
        tier_rank,
        reason,
        rule_version,
        qualifying_amount,
        valid_from,
        lead(valid_from) over (partition by customer_id order by interval_number) as valid_to,
        term_end,
        valid_from > {{ as_of_date() }} as is_projected
    from intervals

)

select * from final
