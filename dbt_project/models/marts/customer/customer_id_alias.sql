with

aliases as (

    select * from {{ ref('stg_identity__customer_id_alias') }}

),

final as (

    select
        former_customer_id,
        customer_id
    from aliases

)

select * from final
