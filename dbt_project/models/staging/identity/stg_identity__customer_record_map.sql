with

source as (

    select * from {{ source('identity', 'customer_record_map') }}

),

final as (

    select
        customer_record_key,
        customer_id,
        link_rule,
        link_score,
        linked_at,
        cluster_size
    from source

)

select * from final
