with

days as (

    select * from {{ ref('int_business_day__arrange') }}

),

final as (

    select
        date_day as business_date,
        cast({{ dbt.date_trunc('week', 'date_day') }} as date) as business_week,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as business_month,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast({{ iso_day_of_week('date_day') }} as integer) as iso_day_of_week,
        {{ iso_day_of_week('date_day') }} >= 6 as is_weekend,
        date_day <= {{ as_of_date() }} as is_past
    from days

)

select * from final
