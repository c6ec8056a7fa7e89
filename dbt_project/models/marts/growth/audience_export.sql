with

exports as (

    select * from {{ ref('stg_contact__audience_exports') }}

),

aliases as (

    select * from {{ ref('stg_identity__customer_id_alias') }}

),

final as (

    select
        exports.audience_export_key,
        exports.export_id,
        exports.audience_code,
        coalesce(aliases.customer_id, exports.customer_id) as customer_id,
        exports.contact_channel,
        exports.contact_date,
        exports.exported_at
    from exports
    left join aliases
        on exports.customer_id = aliases.former_customer_id

)

select * from final
