with

source as (

    select * from {{ source('identity', 'customer_record_pair') }}

),

final as (

    select
        record_key_a,
        record_key_b,
        link_rule,
        link_score,
        match_weight,
        decision,
        refused_because
    from source

)

select * from final
