with

curve as (

    select * from {{ ref('points_curve') }}

),

settings as (

    select * from {{ ref('points_curve_setting') }}

),

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}
    where
        valid_from <= {{ as_of_date() }}
        and (valid_to is null or valid_to > {{ as_of_date() }})

),

-- What was never spent of a vintage that is closed: what expired, and what has been open for so
-- long that nobody is expected to come for it.
ends as (

    select
        programme_code,
        vintage_month,
        max(points_expired) + min(points_open) as points_never_spent
    from curve
    where is_closed and is_mature
    group by programme_code, vintage_month

),

by_age as (

    select
        curve.programme_code,
        curve.age_months,
        count(ends.vintage_month) as vintages,
        coalesce(sum(case when ends.vintage_month is not null then curve.points_open end), 0)
            as points_open,
        coalesce(sum(ends.points_never_spent - curve.points_expired), 0) as points_never_spent
    from curve
    left join ends
        on
            curve.programme_code = ends.programme_code
            and curve.vintage_month = ends.vintage_month
            and curve.is_mature
    group by curve.programme_code, curve.age_months

),

judged as (

    select
        by_age.programme_code,
        by_age.age_months,
        by_age.vintages,
        by_age.points_open,
        by_age.points_never_spent,
        programmes.breakage_rate as assumed_rate,
        by_age.vintages >= settings.min_vintages
        and by_age.points_open >= settings.min_points as is_reliable
    from by_age
    cross join settings
    inner join programmes on by_age.programme_code = programmes.programme_code

),

final as (

    select
        programme_code || ':' || cast(age_months as string) as points_breakage_key,
        programme_code,
        age_months,
        case when is_reliable then 'observed' else 'programme' end as breakage_source,
        vintages,
        cast(points_open as bigint) as points_open,
        cast(points_never_spent as bigint) as points_never_spent,
        cast(
            case
                when is_reliable
                    then round(cast(points_never_spent as double) / points_open, 4)
            end as decimal(9, 4)
        ) as observed_breakage_rate,
        cast(assumed_rate as decimal(9, 4)) as assumed_breakage_rate,
        cast(
            case
                when is_reliable
                    then round(cast(points_never_spent as double) / points_open, 4)
                else assumed_rate
            end as decimal(9, 4)
        ) as breakage_rate,
        is_reliable,
        {{ as_of_date() }} as as_of_date
    from judged

)

select * from final
