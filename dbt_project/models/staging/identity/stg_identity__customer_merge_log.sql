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
        as_of_date,
        run_number,
        logged_at,
        link_rule,
        match_weight,
        record_key_a,
        record_key_b
    from source

)

select * from final
