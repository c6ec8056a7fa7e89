with

source as (

    select * from {{ source('identity', 'identity_run') }}

),

final as (

    select
        run_number,
        as_of_date,
        logged_at,
        is_published,
        record_count,
        customer_count,
        link_count,
        largest_customer_record_count,
        merge_count,
        split_count,
        compared_record_count,
        changed_record_count
    from source

)

select * from final
