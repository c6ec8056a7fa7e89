with

lots as (

    select * from {{ ref('fct_points_lot') }}

),

consumptions as (

    select * from {{ ref('int_points_lot__consume') }}

),

movements as (

    select * from {{ ref('int_points_movement__collect') }}

),

settings as (

    select * from {{ ref('points_curve_setting') }}

),

vintages as (

    select
        programme_code,
        cast({{ dbt.date_trunc('month', 'earned_date') }} as date) as vintage_month,
        sum(points_earned) as points_earned,
        sum(points_remaining) as points_open_now
    from lots
    group by programme_code, cast({{ dbt.date_trunc('month', 'earned_date') }} as date)

),

changes as (

    select
        programme_code,
        cast({{ dbt.date_trunc('month', 'earned_date') }} as date) as vintage_month,
        consumed_date as change_date,
        points as redeemed,
        cast(0 as bigint) as expired,
        cast(0 as bigint) as clawed_back
    from consumptions

    union all

    select
        lots.programme_code,
        cast({{ dbt.date_trunc('month', 'lots.earned_date') }} as date) as vintage_month,
        movements.movement_date as change_date,
        cast(0 as bigint) as redeemed,
        case when movements.movement_type = 'expire' then -movements.points else 0 end as expired,
        case when movements.movement_type = 'clawback' then -movements.points else 0 end
            as clawed_back
    from movements
    inner join lots on movements.lot_id = lots.lot_id
    where movements.movement_type in ('expire', 'clawback')

),

changes_by_age as (

    select
        programme_code,
        vintage_month,
        {{ month_difference('vintage_month', 'change_date') }} as age_months,
        sum(redeemed) as redeemed,
        sum(expired) as expired,
        sum(clawed_back) as clawed_back
    from changes
    group by
        programme_code, vintage_month, {{ month_difference('vintage_month', 'change_date') }}

),

oldest as (

    select min(vintage_month) as vintage_month
    from vintages

),

days as (

    {{ day_spine('(select vintage_month from oldest)', as_of_date()) }}

),

ages as (

    select distinct
        {{ month_difference('oldest.vintage_month', 'days.date_day') }} as age_months
    from days
    cross join oldest

),

cells as (

    select
        vintages.programme_code,
        vintages.vintage_month,
        vintages.points_earned,
        ages.age_months,
        {{ dbt.last_day(
            dbt.dateadd('month', 'ages.age_months', 'vintages.vintage_month'), 'month'
        ) }} <= {{ as_of_date() }} as is_mature,
        vintages.points_open_now = 0
        or {{ month_difference('vintages.vintage_month', as_of_date()) }}
        >= settings.closed_age_months as is_closed,
        coalesce(changes_by_age.redeemed, 0) as redeemed,
        coalesce(changes_by_age.expired, 0) as expired,
        coalesce(changes_by_age.clawed_back, 0) as clawed_back
    from vintages
    cross join ages
    cross join settings
    left join changes_by_age
        on
            vintages.programme_code = changes_by_age.programme_code
            and vintages.vintage_month = changes_by_age.vintage_month
            and ages.age_months = changes_by_age.age_months

),

cumulated as (

    select
        *,
        {% for change in ['redeemed', 'expired', 'clawed_back'] %}
        sum({{ change }}) over (
            partition by programme_code, vintage_month
            order by age_months
            rows between unbounded preceding and current row
        ) as {{ change }}_so_far,
        {% endfor %}
        programme_code || ':' || cast(vintage_month as string)
        || ':' || cast(age_months as string) as points_curve_key
    from cells

),

final as (

    select
        points_curve_key,
        programme_code,
        vintage_month,
        cast(age_months as integer) as age_months,
        cast(points_earned as bigint) as points_earned,
        {% for change in ['redeemed', 'expired', 'clawed_back'] %}
        cast(case when is_mature then {{ change }}_so_far end as bigint)
            as points_{{ change }},
        {% endfor %}
        cast(
            case
                when is_mature
                    then points_earned - redeemed_so_far - expired_so_far - clawed_back_so_far
            end as bigint
        ) as points_open,
        {% for change in ['redeemed', 'expired', 'clawed_back'] %}
        case when is_mature then {{ share(change ~ '_so_far', 'points_earned') }} end
            as {{ change }}_share,
        {% endfor %}
        is_mature,
        is_closed,
        {{ as_of_date() }} as as_of_date
    from cumulated

)

select * from final
