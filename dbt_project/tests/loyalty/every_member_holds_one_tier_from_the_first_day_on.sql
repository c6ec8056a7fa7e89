with

first_versions as (

    select
        programme_code,
        min(valid_from) as valid_from
    from {{ ref('loyalty_programme') }}
    group by programme_code

),

first_intervals as (

    select
        member_key,
        min(valid_from) as valid_from,
        sum(case when is_current then 1 else 0 end) as current_intervals
    from {{ ref('tier_history') }}
    group by member_key

),

final as (

    select members.member_key
    from {{ ref('int_loyalty_member__resolve') }} as members
    inner join first_versions on members.programme_code = first_versions.programme_code
    left join first_intervals on members.member_key = first_intervals.member_key
    where
        first_versions.valid_from <= {{ as_of_date() }}
        and (
            first_intervals.member_key is null
            or first_intervals.current_intervals <> 1
            or first_intervals.valid_from
            <> greatest(members.member_since, first_versions.valid_from)
        )

)

select * from final
