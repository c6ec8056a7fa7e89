with

source as (

    select * from {{ source('identity', 'customer_merge_log') }}

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
        as_of_date,
        logged_at
    from source

)

select * from final
