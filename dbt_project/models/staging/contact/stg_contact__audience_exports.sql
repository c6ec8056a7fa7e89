with

source as (

    select * from {{ source('contact', 'audience_export') }}

),

final as (

    select
        export_id,
        audience_code,
        audience_key,
        customer_id,
        contact_channel,
        contact_date,
        exported_at,
        export_id || ':' || audience_key as audience_export_key
    from source

)

select * from final
