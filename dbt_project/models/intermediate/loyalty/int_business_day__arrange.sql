-- The first instant of each business date. Joined, it costs a fraction of reckoning with time zones
-- for every row.
with

days as (

    {{ day_spine(
        dbt.dateadd('year', -40, as_of_date()), dbt.dateadd('year', 40, as_of_date())
    ) }}

),

final as (

    select
        date_day,
        {{ business_day_start('date_day') }} as starts_at
    from days

)

select * from final
