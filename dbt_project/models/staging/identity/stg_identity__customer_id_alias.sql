with

source as (

    select * from {{ source('identity', 'customer_id_alias') }}

),

final as (

    select
        former_customer_id,
        customer_id
    from source

)

select * from final
