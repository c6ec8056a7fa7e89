-- The tiers of every member, interval by interval, and the one interval that would follow today's
-- if nothing more were bought. Each interval depends on when the one before it began, hence the
-- recursion: as deep as the member with the most intervals, and only for those who ever rise.
with recursive members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

versions as (

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
        member_number,
        from_date,
        tier_rank,
        qualifying_amount,
        lead(from_date) over (partition by member_number order by from_date) as to_date
    from {{ ref('int_tier_qualification__rank') }}

),

top_tiers as (

    select
        rule_version,
        max(tier_rank) as tier_rank
    from tiers
    group by rule_version

),

risers as (

    select distinct member_number
    from ranks
    where tier_rank > 0

),

programme_starts as (

    select
        programme_code,
        min(valid_from) as valid_from
    from versions
    group by programme_code

),

-- Before the programme began there was no tier to hold.
starts as (

    select
        members.member_number,
        members.programme_code,
        members.member_since,
        greatest(members.member_since, programme_starts.valid_from) as valid_from
    from members
    inner join programme_starts
        on members.programme_code = programme_starts.programme_code

),

entries as (

    select
        starts.member_number,
        starts.programme_code,
        starts.member_since,
        starts.valid_from,
        versions.rule_version,
        cast(coalesce(ranks.tier_rank, 0) as integer) as tier_rank,
        coalesce(ranks.qualifying_amount, 0) as qualifying_amount,
        {{ tier_term_end(
            'coalesce(ranks.tier_rank, 0)', 'starts.valid_from', 'versions', 'starts.member_since'
        ) }} as term_end
    from starts
    inner join versions
        on
            starts.programme_code = versions.programme_code
            and starts.valid_from >= versions.valid_from
            and (versions.valid_to is null or starts.valid_from < versions.valid_to)
    left join ranks
        on
            starts.member_number = ranks.member_number
            and starts.valid_from = ranks.from_date
    where starts.valid_from <= {{ as_of_date() }}

),

intervals as (

    select
        member_number,
        programme_code,
        member_since,
        cast(1 as bigint) as interval_number,
        tier_rank,
        'entry' as reason,
        rule_version,
        cast(qualifying_amount as decimal(18, 4)) as qualifying_amount,
        valid_from,
        term_end,
        cast(null as date) as counted_since
    from entries
    where member_number in (select risers.member_number from risers)

    union all

    (
        with

        -- A term and its grace are judged by the version in force when the term ends.
        held as (

            select
                intervals.*,
                judges.tier_basis as judge_basis,
                judges.tier_refund_policy as judge_refund_policy,
                judges.tier_downgrade_policy as judge_downgrade_policy,
                judges.tier_window in ('calendar_year', 'membership_year')
                    as has_window_that_ends,
                judge_tiers.maintain_threshold as judge_threshold,
                top_tiers.tier_rank as judge_top_rank,
                {{ add_days('intervals.term_end', 'judges.tier_grace_days') }} as grace_end
            from intervals
            left join versions as judges
                on
                    intervals.programme_code = judges.programme_code
                    and intervals.term_end >= judges.valid_from
                    and (judges.valid_to is null or intervals.term_end < judges.valid_to)
            left join tiers as judge_tiers
                on
                    judges.rule_version = judge_tiers.rule_version
                    and intervals.tier_rank = judge_tiers.tier_rank
            left join top_tiers
                on judges.rule_version = top_tiers.rule_version
            where intervals.valid_from <= {{ as_of_date() }}

        ),

        -- What was earned inside the term, refunds of it off, at its end and at the end of grace.
        earned as (

            select
                held.member_number,
                sum(
                    case
                        when qualifications.changed_date < held.term_end
                            then {{ tier_amount('qualifications', 'held.judge_basis') }}
                        else 0
                    end
                ) as term_amount,
                sum({{ tier_amount('qualifications', 'held.judge_basis') }}) as grace_amount
            from held
            inner join qualifications
                on
                    held.member_number = qualifications.member_number
                    and held.valid_from <= qualifications.counted_from
                    and held.grace_end > qualifications.changed_date
            where
                held.judge_refund_policy <> 'none'
                or not qualifications.is_refund
            group by held.member_number

        ),

        judged as (

            select
                held.member_number,
                held.tier_rank,
                held.term_end,
                held.grace_end,
                cast(coalesce(earned.term_amount, 0) as decimal(18, 4)) as term_amount,
                cast(coalesce(earned.grace_amount, 0) as decimal(18, 4)) as grace_amount,
                coalesce(coalesce(earned.term_amount, 0) >= held.judge_threshold, false)
                or coalesce(term_ranks.tier_rank, 0) >= held.tier_rank
                or (
                    held.has_window_that_ends
                    and coalesce(last_ranks.tier_rank, 0) >= held.tier_rank
                )
                    as is_kept_at_term_end,
                coalesce(coalesce(earned.grace_amount, 0) >= held.judge_threshold, false)
                or coalesce(grace_ranks.tier_rank, 0) >= held.tier_rank
                or (
                    held.grace_end = held.term_end
                    and held.has_window_that_ends
                    and coalesce(last_ranks.tier_rank, 0) >= held.tier_rank
                ) as is_kept_in_grace,
                greatest(
                    coalesce(grace_ranks.tier_rank, 0),
                    case
                        when held.judge_downgrade_policy = 'one_step'
                            then least(held.tier_rank - 1, held.judge_top_rank)
                        when held.has_window_that_ends then coalesce(last_ranks.tier_rank, 0)
                        else 0
                    end
                ) as lower_rank
            from held
            left join earned on held.member_number = earned.member_number
            left join ranks as term_ranks
                on
                    held.member_number = term_ranks.member_number
                    and held.term_end >= term_ranks.from_date
                    and (term_ranks.to_date is null or held.term_end < term_ranks.to_date)
            left join ranks as last_ranks
                on
                    held.member_number = last_ranks.member_number
                    and held.term_end > last_ranks.from_date
                    and (last_ranks.to_date is null or held.term_end <= last_ranks.to_date)
            left join ranks as grace_ranks
                on
                    held.member_number = grace_ranks.member_number
                    and held.grace_end >= grace_ranks.from_date
                    and (grace_ranks.to_date is null or held.grace_end < grace_ranks.to_date)
            where held.term_end is not null

        ),

        -- What counted when the interval began, and what refunds have taken off of it since.
        counted as (

            select
                held.member_number,
                held.tier_rank,
                held.valid_from,
                own_tiers.maintain_threshold,
                greatest(qualifications.changed_date, held.valid_from) as changed_date,
                sum({{ tier_amount('qualifications', 'own_versions.tier_basis') }})
                    as change_amount
            from held
            inner join versions as own_versions on held.rule_version = own_versions.rule_version
            inner join tiers as own_tiers
                on
                    held.rule_version = own_tiers.rule_version
                    and held.tier_rank = own_tiers.tier_rank
            inner join qualifications
                on
                    held.member_number = qualifications.member_number
                    and (
                        (
                            held.reason = 'renewal'
                            and held.counted_since <= qualifications.counted_from
                            and held.valid_from > qualifications.counted_from
                        )
                        or (
                            held.reason in ('entry', 'upgrade')
                            and held.valid_from >= qualifications.counted_from
                            and coalesce(
                                {{ tier_window_end(
                                    'qualifications.counted_from', 'own_versions', 'held.member_since'
                                ) }} > held.valid_from,
                                true
                            )
                        )
                    )
            where
                held.tier_rank > 0
                and own_versions.tier_refund_policy = 'immediate'
            group by
                held.member_number,
                held.tier_rank,
                held.valid_from,
                own_tiers.maintain_threshold,
                greatest(qualifications.changed_date, held.valid_from)

        ),

        left_over as (

            select
                *,
                cast(
                    sum(change_amount) over (
                        partition by member_number
                        order by changed_date
                        rows between unbounded preceding and current row
                    ) as decimal(18, 4)
                ) as left_amount
            from counted

        ),

        -- Whatever could end the interval; the first of it does.
        candidates as (

            select
                held.member_number,
                ranks.from_date as happens_date,
                1 as preference,
                'upgrade' as reason,
                ranks.tier_rank,
                ranks.qualifying_amount
            from held
            inner join ranks
                on
                    held.member_number = ranks.member_number
                    and held.valid_from < ranks.from_date
                    and held.tier_rank < ranks.tier_rank

            union all

            select
                held.member_number,
                ranks.from_date as happens_date,
                2 as preference,
                'rule_change' as reason,
                ranks.tier_rank,
                ranks.qualifying_amount
            from held
            inner join versions
                on
                    held.programme_code = versions.programme_code
                    and held.valid_from < versions.valid_from
                    and versions.tier_rule_change_policy = 're_evaluate'
            inner join ranks
                on
                    held.member_number = ranks.member_number
                    and versions.valid_from = ranks.from_date
                    and held.tier_rank > ranks.tier_rank

            union all

            select
                left_over.member_number,
                left_over.changed_date as happens_date,
                3 as preference,
                'refund' as reason,
                ranks.tier_rank,
                left_over.left_amount as qualifying_amount
            from left_over
            inner join ranks
                on
                    left_over.member_number = ranks.member_number
                    and left_over.changed_date >= ranks.from_date
                    and (ranks.to_date is null or left_over.changed_date < ranks.to_date)
                    and left_over.tier_rank > ranks.tier_rank
            where
                left_over.changed_date > left_over.valid_from
                and left_over.change_amount < 0
                and left_over.left_amount < left_over.maintain_threshold

            union all

            select
                member_number,
                case when is_kept_at_term_end then term_end else grace_end end as happens_date,
                4 as preference,
                case
                    when is_kept_at_term_end or is_kept_in_grace then 'renewal'
                    else 'downgrade'
                end as reason,
                case
                    when is_kept_at_term_end or is_kept_in_grace then tier_rank
                    else lower_rank
                end as tier_rank,
                case when is_kept_at_term_end then term_amount else grace_amount end
                    as qualifying_amount
            from judged

        ),

        ordered as (

            select
                *,
                row_number() over (
                    partition by member_number
                    order by happens_date, preference
                ) as candidate_number
            from candidates

        )

        select
            held.member_number,
            held.programme_code,
            held.member_since,
            held.interval_number + 1 as interval_number,
            cast(ordered.tier_rank as integer) as tier_rank,
            ordered.reason,
            versions.rule_version,
            cast(ordered.qualifying_amount as decimal(18, 4)) as qualifying_amount,
            ordered.happens_date as valid_from,
            {{ tier_term_end(
                'ordered.tier_rank', 'ordered.happens_date', 'versions', 'held.member_since'
            ) }} as term_end,
            held.valid_from as counted_since
        from ordered
        inner join held on ordered.member_number = held.member_number
        inner join versions
            on
                held.programme_code = versions.programme_code
                and ordered.happens_date >= versions.valid_from
                and (versions.valid_to is null or ordered.happens_date < versions.valid_to)
        where ordered.candidate_number = 1
    )

),

-- Whoever never rises holds the lowest tier from the first day on.
everyone as (

    select
        member_number,
        interval_number,
        tier_rank,
        reason,
        rule_version,
        qualifying_amount,
        valid_from,
        term_end
    from intervals

    union all

    select
        entries.member_number,
        cast(1 as bigint) as interval_number,
        entries.tier_rank,
        'entry' as reason,
        entries.rule_version,
        cast(entries.qualifying_amount as decimal(18, 4)) as qualifying_amount,
        entries.valid_from,
        entries.term_end
    from entries
    left join risers on entries.member_number = risers.member_number
    where risers.member_number is null

),

final as (

    select
        member_number,
        interval_number,
        tier_rank,
        reason,
        rule_version,
        qualifying_amount,
        valid_from,
        lead(valid_from) over (partition by member_number order by interval_number) as valid_to,
        term_end,
        valid_from > {{ as_of_date() }} as is_projected
    from everyone

)

select * from final
