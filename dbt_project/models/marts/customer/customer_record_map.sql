with

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

records as (

    select * from {{ ref('int_customer_record__unify') }}

),

final as (

    select
        record_map.customer_record_key,
        record_map.customer_id,
        records.source_system,
        records.record_type,
        record_map.link_rule,
        cast(record_map.link_score as decimal(9, 6)) as link_score,
        record_map.cluster_size as record_count,
        records.is_deleted,
        {{ business_date('records.created_at') }} as first_seen_date,
        record_map.linked_at as linked_date
    from record_map
    inner join records
        on record_map.customer_record_key = records.customer_record_key

)

select * from final
