with

merge_log as (

    select * from {{ ref('stg_identity__customer_merge_log') }}

),

final as (

    select
        merge_key,
        event,
        survivor_customer_id,
        absorbed_customer_id,
        records_moved,
        evidence,
        link_rule,
        cast(match_weight as decimal(9, 4)) as match_weight,
        record_key_a,
        record_key_b,
        run_number,
        as_of_date,
        logged_at
    from merge_log

)

select * from final
