with

scores as (

    select * from {{ ref('nps_daily') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

recent as (

    select *
    from scores
    where
        reading = 'all_answers'
        and window_days = 90
        and business_date = {{ as_of_date() }}

),

-- The year that ended the day before the newest quarter began: no answer is in both.
earlier as (

    select *
    from scores
    where
        reading = 'all_answers'
        and window_days = 365
        and business_date = {{ add_days(as_of_date(), -90) }}

),

compared as (

    select
        recent.dimension,
        recent.dimension_value,
        recent.n as recent_n,
        recent.nps as recent_nps,
        earlier.n as earlier_n,
        earlier.nps as earlier_nps,
        cast(recent.nps - earlier.nps as double) as nps_change,
        sqrt(
            cast(recent.nps_standard_error as double) * cast(recent.nps_standard_error as double)
            + cast(earlier.nps_standard_error as double)
            * cast(earlier.nps_standard_error as double)
        ) as standard_error
    from recent
    inner join earlier
        on
            recent.dimension = earlier.dimension
            and recent.dimension_value = earlier.dimension_value

),

final as (

    select
        compared.dimension,
        compared.dimension_value,
        compared.recent_n,
        compared.recent_nps,
        compared.earlier_n,
        compared.earlier_nps,
        cast(round(compared.nps_change, 4) as decimal(9, 4)) as nps_change,
        cast(round(compared.standard_error, 4) as decimal(9, 4)) as nps_change_standard_error,
        case
            when compared.standard_error > 0
                then cast(round(compared.nps_change / compared.standard_error, 4) as decimal(9, 4))
        end as z_score,
        case
            when compared.nps_change is null or compared.standard_error = 0 then 'unknown'
            when compared.nps_change >= settings.drift_z * compared.standard_error then 'up'
            when compared.nps_change <= -settings.drift_z * compared.standard_error then 'down'
            else 'steady'
        end as drift,
        {{ as_of_date() }} as as_of_date
    from compared
    cross join settings

)

select * from final
