-- From when and until when points can be spent is a matter of the version and the day alone, but
-- for inactivity: reckoned once for each, not once for each lot.
with

programmes as (

    select * from {{ ref('int_loyalty_programme__version') }}

),

business_days as (

    select * from {{ ref('int_business_day__arrange') }}
    where date_day <= {{ as_of_date() }}

),

dated as (

    select
        programmes.rule_version,
        business_days.date_day as earned_date,
        {{ add_days('business_days.date_day', 'programmes.pending_days') }} as active_date,
        case
            when programmes.expiry_mode = 'months'
                then {{ points_expiry_date(
                    'business_days.date_day', 'programmes.expiry_months', 'programmes.expiry_rounding'
                ) }}
        end as expires_date
    from programmes
    cross join business_days
    where
        (business_days.date_day >= programmes.valid_from or programmes.version_number = 1)
        and (programmes.valid_to is null or business_days.date_day < programmes.valid_to)

),

final as (

    select
        rule_version,
        earned_date,
        active_date,
        {{ business_day_start('active_date') }} as active_from,
        expires_date,
        {{ business_day_start(add_days('expires_date', 1)) }} as expires_at
    from dated

)

select * from final
