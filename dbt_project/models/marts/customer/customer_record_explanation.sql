with

paths as (

    select * from {{ ref('stg_identity__customer_record_path') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

final as (

    select
        paths.customer_record_key,
        record_map.customer_id,
        paths.next_record_key,
        paths.step_count,
        paths.link_rule,
        cast(paths.link_score as decimal(9, 6)) as link_score,
        cast(paths.match_weight as decimal(9, 4)) as match_weight,
        cast(paths.weakest_match_weight as decimal(9, 4)) as weakest_match_weight
    from paths
    inner join record_map
        on paths.customer_record_key = record_map.customer_record_key

)

select * from final
