with

differences as (

    select * from {{ ref('shadow_ledger_movement') }}

),

final as (

    select
        source_system,
        cause,
        reporting_currency_code,
        count(distinct shadow_account_key) as members,
        cast(sum(case when is_consequence then 0 else 1 end) as bigint) as movements,
        cast(sum(case when points_difference > 0 then points_difference else 0 end) as bigint)
            as points_too_many,
        cast(sum(case when points_difference < 0 then -points_difference else 0 end) as bigint)
            as points_too_few,
        cast(sum(points_difference) as bigint) as points_difference,
        cast(sum(difference_amount_reporting) as decimal(18, 4)) as difference_amount_reporting,
        {{ as_of_date() }} as as_of_date
    from differences
    group by source_system, cause, reporting_currency_code

)

select * from final
