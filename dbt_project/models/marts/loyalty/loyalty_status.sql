with

members as (

    select * from {{ ref('int_loyalty_member__resolve') }}

),

intervals as (

    select * from {{ ref('int_tier_interval__hold') }}

),

ranks as (

    select * from {{ ref('int_tier_qualification__rank') }}

),

qualifications as (

    select * from {{ ref('int_tier_qualification__collect') }}

),

tier_names as (

    select * from {{ ref('int_loyalty_tier__name') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

lots as (

    select * from {{ ref('fct_points_lot') }}
    where points_remaining > 0

),

movements as (

    select * from {{ ref('int_points_movement__collect') }}

),

current_programme as (

    select *
    from programmes
    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > {{ as_of_date() }})

),

current_intervals as (

    select
        intervals.member_number,
        intervals.tier_rank,
        intervals.rule_version,
        intervals.valid_from,
        intervals.term_end,
        members.programme_code
    from intervals
    inner join members on intervals.member_number = members.member_number
    where
        intervals.valid_from <= {{ as_of_date() }}
        and (intervals.valid_to is null or intervals.valid_to > {{ as_of_date() }})

),

-- A term is judged by the version in force when it ends; once it has ended, the grace is left.
judged_intervals as (

    select
        current_intervals.member_number,
        current_intervals.valid_from,
        judges.tier_basis as judge_basis,
        judges.tier_refund_policy,
        judge_tiers.maintain_threshold,
        case
            when current_intervals.term_end > {{ as_of_date() }} then current_intervals.term_end
            else {{ add_days('current_intervals.term_end', 'judges.tier_grace_days') }}
        end as judged_date
    from current_intervals
    inner join programmes as judges
        on
            current_intervals.programme_code = judges.programme_code
            and current_intervals.term_end >= judges.valid_from
            and (judges.valid_to is null or current_intervals.term_end < judges.valid_to)
    left join tiers as judge_tiers
        on
            judges.rule_version = judge_tiers.rule_version
            and current_intervals.tier_rank = judge_tiers.tier_rank

),

-- A renewal goes on with the same tier: it is held since the interval that first brought it.
arrivals as (

    select
        member_number,
        max(valid_from) as tier_since
    from intervals
    where
        reason <> 'renewal'
        and valid_from <= {{ as_of_date() }}
    group by member_number

),

balances as (

    select
        member_number,
        sum(points) as points_balance,
        sum(case when movement_type = 'earn' then points else 0 end) as points_earned,
        -sum(case when movement_type = 'redeem' then points else 0 end) as points_redeemed
    from movements
    group by member_number

),

notice_periods as (

    select
        programme_code,
        {{ add_days(as_of_date(), 'expiry_notice_days') }} as notice_end
    from current_programme

),

holdings as (

    select
        lots.member_key,
        sum(
            case when lots.lot_status = 'active' then lots.points_remaining else 0 end
        ) as points_active,
        sum(
            case when lots.lot_status = 'pending' then lots.points_remaining else 0 end
        ) as points_pending,
        sum(
            case
                when
                    lots.lot_status = 'active'
                    and lots.expires_date <= notice_periods.notice_end
                    then lots.points_remaining
                else 0
            end
        ) as points_expiring_soon
    from lots
    inner join notice_periods on lots.programme_code = notice_periods.programme_code
    group by lots.member_key

),

window_amounts as (

    select
        member_number,
        qualifying_amount
    from ranks
    where is_latest

),

term_amounts as (

    select
        judged_intervals.member_number,
        sum({{ tier_amount('qualifications', 'judged_intervals.judge_basis') }}) as term_amount
    from judged_intervals
    inner join qualifications
        on
            judged_intervals.member_number = qualifications.member_number
            and judged_intervals.valid_from <= qualifications.counted_from
            and judged_intervals.judged_date > qualifications.changed_date
    where
        judged_intervals.tier_refund_policy <> 'none'
        or not qualifications.is_refund
    group by judged_intervals.member_number

),

projected_intervals as (

    select * from intervals
    where is_projected

),

joined as (

    select
        members.member_key,
        members.programme_code,
        members.customer_id,
        members.member_since,
        held_tiers.tier_code,
        held_tiers.tier_name,
        held_tiers.tier_rank,
        arrivals.tier_since,
        current_intervals.term_end as tier_until,
        next_tiers.tier_code as next_tier_code,
        next_tiers.tier_name as next_tier_name,
        coalesce(projected_tiers.tier_code, held_tiers.tier_code) as projected_tier_code,
        projected_intervals.valid_from as projected_from,
        current_programme.rule_version,
        current_programme.tier_basis,
        current_programme.point_value,
        coalesce(window_amounts.qualifying_amount, 0) as qualifying_amount,
        next_tiers.entry_threshold
        - coalesce(window_amounts.qualifying_amount, 0) as amount_to_next_tier,
        judged_intervals.judge_basis,
        judged_intervals.judged_date,
        case
            when projected_intervals.reason = 'renewal' then 0
            when judged_intervals.maintain_threshold is not null
                then greatest(
                        judged_intervals.maintain_threshold - coalesce(term_amounts.term_amount, 0),
                        0
                    )
        end as amount_to_keep_tier,
        coalesce(holdings.points_active, 0) as points_active,
        coalesce(holdings.points_pending, 0) as points_pending,
        coalesce(holdings.points_expiring_soon, 0) as points_expiring_soon,
        coalesce(balances.points_balance, 0) as points_balance,
        coalesce(balances.points_earned, 0) as points_earned,
        coalesce(balances.points_redeemed, 0) as points_redeemed
    from members
    inner join current_programme
        on members.programme_code = current_programme.programme_code
    inner join current_intervals on members.member_number = current_intervals.member_number
    inner join tier_names as held_tiers
        on
            current_intervals.rule_version = held_tiers.rule_version
            and current_intervals.tier_rank = held_tiers.tier_rank
    inner join arrivals on members.member_number = arrivals.member_number
    left join window_amounts on members.member_number = window_amounts.member_number
    left join term_amounts on members.member_number = term_amounts.member_number
    left join holdings on members.member_key = holdings.member_key
    left join balances on members.member_number = balances.member_number
    left join judged_intervals on members.member_number = judged_intervals.member_number
    left join tiers as next_tiers
        on
            current_programme.rule_version = next_tiers.rule_version
            and current_intervals.tier_rank + 1 = next_tiers.tier_rank
    left join projected_intervals on members.member_number = projected_intervals.member_number
    left join tier_names as projected_tiers
        on
            projected_intervals.rule_version = projected_tiers.rule_version
            and projected_intervals.tier_rank = projected_tiers.tier_rank

),

spoken as (

    select
        *,
        {{ add_days('judged_date', -1) }} as last_day,
        {{ spoken_amount('amount_to_keep_tier', 'judge_basis') }} as keep_text,
        {{ spoken_amount('amount_to_next_tier', 'tier_basis') }} as next_text
    from joined

),

final as (

    select
        member_key,
        programme_code,
        customer_id,
        tier_code,
        tier_name,
        next_tier_code,
        projected_tier_code,
        case
            when tier_rank = 0 and next_tier_code is not null
                then next_text || ' more earns ' || next_tier_name || '.'
            when tier_rank = 0 then tier_name || ' is held without a term.'
            when tier_until is null then tier_name || ' is held for life.'
            when amount_to_keep_tier is null
                then
                    tier_name || ' is held until ' || cast(last_day as string)
                    || '; the rules of then no longer have it.'
            when amount_to_keep_tier > 0
                then
                    keep_text || ' by ' || cast(last_day as string)
                    || ' keeps ' || tier_name || '.'
            else
                'Enough has been earned to keep ' || tier_name || ' beyond '
                || cast(last_day as string) || '.'
        end as status_reason,
        rule_version,
        tier_basis,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        cast(tier_rank as integer) as tier_rank,
        cast(qualifying_amount as decimal(18, 4)) as qualifying_amount,
        cast(amount_to_next_tier as decimal(18, 4)) as amount_to_next_tier,
        cast(amount_to_keep_tier as decimal(18, 4)) as amount_to_keep_tier,
        cast(points_active as bigint) as points_active,
        cast(points_pending as bigint) as points_pending,
        cast(points_expiring_soon as bigint) as points_expiring_soon,
        cast(points_active + points_pending - points_balance as bigint) as points_deficit,
        cast(points_balance as bigint) as points_balance,
        cast(points_earned as bigint) as points_earned,
        cast(points_redeemed as bigint) as points_redeemed,
        cast(point_value * points_active as decimal(18, 4)) as points_active_value_reporting,
        member_since,
        tier_since,
        tier_until,
        projected_from,
        {{ as_of_date() }} as as_of_date
    from spoken

)

select * from final
