with

source as (

    select * from {{ source('identity', 'customer_record_path') }}

),

final as (

    select
        customer_record_key,
        next_record_key,
        step_count,
        link_rule,
        link_score,
        match_weight,
        weakest_match_weight
    from source

)

select * from final
