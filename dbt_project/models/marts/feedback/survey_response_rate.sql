with

invites as (

    select * from {{ ref('int_survey_invite__unify') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

months as (

    select
        survey_key,
        cast({{ dbt.date_trunc('month', 'sent_date') }} as date) as sent_month,
        is_delivered,
        is_bounced,
        is_responded,
        is_completed
    from invites

),

counted as (

    select
        survey_key,
        sent_month,
        count(*) as invites,
        sum(case when is_delivered then 1 else 0 end) as delivered,
        sum(case when is_bounced and not is_delivered then 1 else 0 end) as bounced,
        sum(case when is_responded then 1 else 0 end) as responded,
        sum(case when is_completed then 1 else 0 end) as completed
    from months
    group by survey_key, sent_month

),

ripened as (

    select
        counted.*,
        {{ day_difference(dbt.last_day('counted.sent_month', 'month'), as_of_date()) }}
        >= settings.response_window_days as is_mature
    from counted
    cross join settings

),

final as (

    select
        survey_key,
        sent_month,
        invites,
        cast(delivered as bigint) as delivered,
        cast(bounced as bigint) as bounced,
        cast(responded as bigint) as responded,
        cast(completed as bigint) as completed,
        case when is_mature then {{ share('responded', 'delivered') }} end as response_rate,
        case when is_mature then {{ share('completed', 'delivered') }} end as completion_rate,
        is_mature,
        {{ as_of_date() }} as as_of_date
    from ripened

)

select * from final
