with

first_version as (

    select min(valid_from) as valid_from
    from {{ ref('loyalty_programme') }}

),

first_intervals as (

    select
        customer_id,
        min(valid_from) as valid_from,
        sum(case when is_current then 1 else 0 end) as current_intervals
    from {{ ref('tier_history') }}
    group by customer_id

),

final as (

    select members.customer_id
    from {{ ref('int_loyalty_member__resolve') }} as members
    cross join first_version
    left join first_intervals on members.customer_id = first_intervals.customer_id
    where
        first_version.valid_from <= {{ as_of_date() }}
        and (
            first_intervals.customer_id is null
            or first_intervals.current_intervals <> 1
            or first_intervals.valid_from
            <> greatest(members.member_since, first_version.valid_from)
        )

)

select * from final
