with

reviews as (

    select * from {{ ref('stg_survey__reviews') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

product_references as (

    select * from {{ ref('int_product_reference__resolve') }}

),

store_references as (

    select * from {{ ref('int_store_reference__resolve') }}

),

dated as (

    select
        *,
        {{ business_date('published_at') }} as published_date,
        {{ business_date('replied_at') }} as replied_date,
        {{ business_date('deleted_at') }} as deleted_date
    from reviews

),

in_force as (

    select *
    from dated
    where
        published_date <= {{ as_of_date() }}
        and (deleted_date is null or deleted_date > {{ as_of_date() }})

),

final as (

    select
        {{ source_key('in_force.source_system', ['in_force.review_id']) }} as review_key,
        {{ customer_record_key(
            'in_force.source_system', "'review_author'", 'in_force.review_id'
        ) }} as customer_record_key,
        order_references.order_key,
        product_references.product_key,
        store_references.store_key,
        in_force.source_system,
        in_force.platform,
        in_force.language_code,
        in_force.rating,
        in_force.scale_min,
        in_force.scale_max,
        in_force.is_verified_purchase,
        case
            when in_force.scale_min >= in_force.scale_max
                then 'the scale has no length: its lowest score is not below its highest'
            when
                in_force.rating < in_force.scale_min
                or in_force.rating > in_force.scale_max
                then 'the score lies outside of its scale'
        end as reject_reason,
        in_force.published_at,
        in_force.published_date,
        case when in_force.replied_date <= {{ as_of_date() }} then in_force.replied_at end
            as replied_at
    from in_force
    left join order_references
        on in_force.order_id = order_references.source_order_id
    left join product_references
        on in_force.product_id = product_references.product_reference
    left join store_references
        on in_force.store_id = store_references.store_reference

)

select * from final
