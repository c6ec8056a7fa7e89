with

intervals as (

    select * from {{ ref('int_nps_answer__interval') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

days as (

    select date_day
    from (
        {{ day_spine('(select min(counts_from) from intervals)', as_of_date()) }}
    ) as spine

),

-- What each day adds and takes away; a running sum of it counts the answers in force without
-- joining every day to every answer.
movements as (

    select
        survey_scope,
        window_days,
        reading,
        nps_group,
        counts_from as movement_date,
        answers as movement
    from intervals

    union all

    select
        survey_scope,
        window_days,
        reading,
        nps_group,
        counts_until as movement_date,
        -answers as movement
    from intervals

),

daily_movements as (

    select
        survey_scope,
        window_days,
        reading,
        movement_date,
        sum(movement) as answers,
        sum(case when nps_group = 'promoter' then movement else 0 end) as promoters,
        sum(case when nps_group = 'detractor' then movement else 0 end) as detractors
    from movements
    group by survey_scope, window_days, reading, movement_date

),

-- A survey's series ends when its last answer has left the window; that of all surveys goes on.
series as (

    select
        survey_scope,
        window_days,
        reading,
        min(movement_date) as first_date,
        case
            when survey_scope = 'all' then {{ as_of_date() }}
            else max(movement_date)
        end as last_date
    from daily_movements
    group by survey_scope, window_days, reading

),

counted as (

    select
        days.date_day as business_date,
        series.survey_scope as survey_key,
        series.window_days,
        series.reading,
        sum(coalesce(daily_movements.answers, 0)) over running as n,
        sum(coalesce(daily_movements.promoters, 0)) over running as promoters,
        sum(coalesce(daily_movements.detractors, 0)) over running as detractors
    from series
    inner join days
        on days.date_day between series.first_date and series.last_date
    left join daily_movements
        on
            series.survey_scope = daily_movements.survey_scope
            and series.window_days = daily_movements.window_days
            and series.reading = daily_movements.reading
            and days.date_day = daily_movements.movement_date
    window running as (
        partition by series.survey_scope, series.window_days, series.reading
        order by days.date_day
        rows between unbounded preceding and current row
    )

),

scored as (

    select
        counted.*,
        counted.n >= metrics.min_n as is_reliable,
        settings.confidence_z,
        case
            when counted.n > 0
                then cast(counted.promoters as double) / counted.n
        end as promoter_share,
        case
            when counted.n > 0
                then cast(counted.detractors as double) / counted.n
        end as detractor_share
    from counted
    cross join settings
    inner join metrics
        on metrics.metric = 'nps'

),

-- SE = 100 * sqrt((p + d - (p - d)^2) / n)
measured as (

    select
        *,
        100 * (promoter_share - detractor_share) as exact_nps,
        case
            when n > 0
                then
                    100 * sqrt(
                        greatest(
                            promoter_share
                            + detractor_share
                            - (promoter_share - detractor_share)
                            * (promoter_share - detractor_share),
                            0
                        ) / n
                    )
        end as exact_error
    from scored

),

final as (

    select
        business_date,
        survey_key,
        reading,
        cast(window_days as integer) as window_days,
        cast(n as bigint) as n,
        cast(promoters as bigint) as promoters,
        cast(n - promoters - detractors as bigint) as passives,
        cast(detractors as bigint) as detractors,
        case when is_reliable then cast(round(exact_nps, 4) as decimal(9, 4)) end as nps,
        case when is_reliable then cast(round(exact_error, 4) as decimal(9, 4)) end
            as nps_standard_error,
        case
            when is_reliable
                then
                    cast(
                        round(greatest(exact_nps - confidence_z * exact_error, -100), 4)
                        as decimal(9, 4)
                    )
        end as nps_low,
        case
            when is_reliable
                then
                    cast(
                        round(least(exact_nps + confidence_z * exact_error, 100), 4)
                        as decimal(9, 4)
                    )
        end as nps_high,
        is_reliable
    from measured

)

select * from final
