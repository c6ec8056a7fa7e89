{{ config(schema='personal', materialized='view') }}

with

attributes as (

    select * from {{ ref('int_customer_golden__unpivot') }}

),

final as (

    select
        customer_id,
        attribute,
        attribute_value,
        source_system,
        record_type,
        customer_record_key,
        evidence,
        survivorship_rule,
        is_current,
        stated_date,
        valid_from,
        valid_to
    from attributes

)

select * from final
