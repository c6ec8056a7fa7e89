with

scores as (

    select * from {{ ref('nps_daily') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

-- A retailer without a survey still has the row: no answers, and no score.
final as (

    select
        120 as kpi_order,
        'nps' as kpi_code,
        'NPS of the last '
        || cast(settings.headline_window_days as {{ dbt.type_string() }})
        || ' days, latest answer per person' as kpi_name,
        cast(scores.nps as decimal(20, 6)) as value,
        'score' as unit,
        coalesce(scores.n, 0) as n,
        cast(scores.nps_low as decimal(20, 6)) as interval_low,
        cast(scores.nps_high as decimal(20, 6)) as interval_high,
        coalesce(scores.is_reliable, false) as is_reliable
    from settings
    left join scores
        on
            settings.headline_window_days = scores.window_days
            and scores.dimension = 'all'
            and scores.reading = 'latest_answer_per_person'
            and scores.business_date = {{ as_of_date() }}

)

select * from final
