with

lots as (

    select * from {{ ref('fct_points_lot') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

tiers as (

    select * from {{ ref('tier_history') }}
    where is_current

),

breakages as (

    select * from {{ ref('points_breakage') }}

),

held_lots as (

    select
        lots.*,
        coalesce(tiers.tier_code, 'none') as tier_code,
        cast({{ dbt.date_trunc('month', 'lots.earned_date') }} as date) as vintage_month
    from lots
    left join tiers on lots.member_key = tiers.member_key

),

-- The age that has been completed: a month that is not over has told nothing yet.
vintages as (

    select
        programme_code,
        vintage_month,
        tier_code,
        greatest(
            {{ month_difference('vintage_month', add_days(as_of_date(), 1)) }} - 1, 0
        ) as age_months,
        count(*) as lots,
        sum(points_earned) as points_earned,
        sum(points_clawed_back) as points_clawed_back,
        sum(points_spent) as points_spent,
        sum(points_expired) as points_expired,
        sum(case when lot_status = 'pending' then points_remaining else 0 end) as points_pending,
        sum(case when lot_status = 'active' then points_remaining else 0 end) as points_active,
        sum(points_remaining) as points_remaining
    from held_lots
    group by programme_code, vintage_month, tier_code

),

-- What is owed is owed at the value of a point today, whatever it was when the point was earned.
current_programme as (

    select *
    from programmes
    where
        valid_from <= {{ as_of_date() }}
        and (
            valid_to is null
            or valid_to > {{ as_of_date() }}
        )

),

valued as (

    select
        vintages.*,
        current_programme.point_value,
        coalesce(breakages.breakage_rate, current_programme.breakage_rate) as breakage_rate,
        coalesce(breakages.breakage_source, 'programme') as breakage_source,
        coalesce(breakages.vintages, 0) as breakage_vintages,
        cast(
            round(vintages.points_remaining * current_programme.point_value, 4)
            as decimal(18, 4)
        ) as value_amount_reporting
    from vintages
    inner join current_programme
        on vintages.programme_code = current_programme.programme_code
    left join breakages
        on
            vintages.programme_code = breakages.programme_code
            and vintages.age_months = breakages.age_months

),

broken as (

    select
        *,
        cast(
            round(value_amount_reporting * breakage_rate, 4) as decimal(18, 4)
        ) as breakage_amount_reporting
    from valued

),

final as (

    select
        programme_code || ':' || cast(vintage_month as string)
        || ':' || tier_code as points_liability_key,
        programme_code,
        vintage_month,
        tier_code,
        breakage_source,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        lots,
        cast(points_earned as bigint) as points_earned,
        cast(points_clawed_back as bigint) as points_clawed_back,
        cast(points_spent as bigint) as points_spent,
        cast(points_expired as bigint) as points_expired,
        cast(points_pending as bigint) as points_pending,
        cast(points_active as bigint) as points_active,
        cast(points_remaining as bigint) as points_remaining,
        cast(point_value as decimal(9, 4)) as point_value,
        cast(breakage_rate as decimal(9, 4)) as breakage_rate,
        cast(breakage_vintages as bigint) as breakage_vintages,
        value_amount_reporting,
        breakage_amount_reporting,
        cast(
            value_amount_reporting - breakage_amount_reporting as decimal(18, 4)
        ) as liability_amount_reporting,
        {{ as_of_date() }} as as_of_date
    from broken

)

select * from final
