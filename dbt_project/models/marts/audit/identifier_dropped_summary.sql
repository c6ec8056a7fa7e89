with

dropped as (

    select * from {{ ref('int_customer_identifier__dropped') }}

),

final as (

    select
        source_system,
        identifier_type,
        dropped_reason,
        count(*) as record_count
    from dropped
    group by source_system, identifier_type, dropped_reason

)

select * from final
