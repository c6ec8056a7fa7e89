with

source as (

    select * from {{ source('identity', 'customer_record_map_former') }}

),

final as (

    select
        customer_record_key,
        customer_id
    from source

)

select * from final
