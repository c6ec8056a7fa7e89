with

qualifications as (

    select * from {{ ref('int_tier_qualification__collect') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

-- Every version judges the whole history by its own basis and window, and speaks in its own time.
measured as (

    select
        qualifications.customer_id,
        qualifications.changed_date,
        programmes.rule_version,
        programmes.valid_from,
        programmes.valid_to,
        {{ tier_amount('qualifications', 'programmes.tier_basis') }} as qualifying_amount,
        cast(
            {{ dbt.dateadd(
                'month', 'programmes.tier_window_months', 'qualifications.counted_from'
            ) }} as date
        ) as leaves_date
    from qualifications
    cross join programmes

),

changes as (

    select
        customer_id,
        rule_version,
        valid_from,
        valid_to,
        changed_date as from_date,
        qualifying_amount as change_amount
    from measured
    where changed_date < leaves_date

    union all

    select
        customer_id,
        rule_version,
        valid_from,
        valid_to,
        leaves_date as from_date,
        -qualifying_amount as change_amount
    from measured
    where changed_date < leaves_date

    union all

    -- The first day of a version is judged even if nothing is bought on it.
    select distinct
        customer_id,
        rule_version,
        valid_from,
        valid_to,
        valid_from as from_date,
        cast(0 as decimal(18, 4)) as change_amount
    from measured

),

daily_changes as (

    select
        customer_id,
        rule_version,
        valid_from,
        valid_to,
        from_date,
        sum(change_amount) as change_amount
    from changes
    group by customer_id, rule_version, valid_from, valid_to, from_date

),

totals as (

    select
        *,
        cast(
            sum(change_amount) over (
                partition by customer_id, rule_version
                order by from_date
                rows between unbounded preceding and current row
            ) as decimal(18, 4)
        ) as qualifying_amount
    from daily_changes

),

final as (

    select
        totals.customer_id,
        totals.from_date,
        totals.rule_version,
        totals.qualifying_amount,
        max(tiers.tier_rank) as tier_rank
    from totals
    inner join tiers
        on
            totals.rule_version = tiers.rule_version
            and (
                totals.qualifying_amount >= tiers.entry_threshold
                or tiers.tier_rank = 0
            )
    where
        totals.from_date >= totals.valid_from
        and (
            totals.valid_to is null
            or totals.from_date < totals.valid_to
        )
    group by totals.customer_id, totals.from_date, totals.rule_version, totals.qualifying_amount

)

select * from final
