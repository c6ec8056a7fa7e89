with

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

final as (

    select
        *,
        lead(valid_from) over (order by valid_from) as valid_to
    from programmes

)

select * from final
