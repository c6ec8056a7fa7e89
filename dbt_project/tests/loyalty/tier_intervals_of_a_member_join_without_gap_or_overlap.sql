with

intervals as (

    select
        member_key,
        valid_from,
        valid_to,
        is_current,
        lead(valid_from) over (partition by member_key order by valid_from) as next_valid_from
    from {{ ref('tier_history') }}

),

final as (

    select *
    from intervals
    where
        valid_to is distinct from next_valid_from
        or valid_to <= valid_from
        or is_current <> (valid_to is null)

)

select * from final
