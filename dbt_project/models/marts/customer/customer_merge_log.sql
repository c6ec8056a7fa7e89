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
        run_number,
        as_of_date
    from merge_log

)

select * from final
