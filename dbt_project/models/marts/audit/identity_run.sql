with

runs as (

    select * from {{ ref('stg_identity__identity_run') }}

),

newest as (

    select max(run_number) as run_number
    from runs

),

-- A run that was published is marked at the beginning of the next one; the newest is published by
-- being here.
final as (

    select
        runs.run_number,
        runs.as_of_date,
        coalesce(not runs.is_published, true) and runs.run_number < newest.run_number
            as is_superseded,
        runs.record_count,
        runs.customer_count,
        runs.link_count,
        runs.largest_customer_record_count,
        runs.merge_count,
        runs.split_count,
        runs.compared_record_count,
        runs.changed_record_count,
        {{ share('runs.changed_record_count', 'runs.compared_record_count') }} as changed_share,
        runs.logged_at
    from runs
    cross join newest

)

select * from final
