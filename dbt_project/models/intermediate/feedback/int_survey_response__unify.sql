with

responses as (

    select * from {{ ref('stg_survey__responses') }}

),

invites as (

    select * from {{ ref('stg_survey__invites') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

store_references as (

    select * from {{ ref('int_store_reference__resolve') }}

),

dated as (

    select
        *,
        {{ business_date('submitted_at') }} as submitted_date,
        {{ business_date('deleted_at') }} as deleted_date
    from responses

),

in_force as (

    select *
    from dated
    where
        submitted_date <= {{ as_of_date() }}
        and (deleted_date is null or deleted_date > {{ as_of_date() }})

),

final as (

    select
        {{ source_key('in_force.source_system', ['in_force.response_id']) }} as response_key,
        {{ source_key('in_force.source_system', ['in_force.survey_id']) }} as survey_key,
        {{ source_key('invites.source_system', ['invites.invite_id']) }} as invite_key,
        {{ customer_record_key(
            'in_force.source_system', "'survey_respondent'", 'in_force.response_id'
        ) }} as customer_record_key,
        order_references.order_key,
        store_references.store_key,
        in_force.source_system,
        in_force.language_code,
        coalesce(in_force.is_complete, true) as is_complete,
        in_force.started_at,
        in_force.submitted_at,
        in_force.submitted_date
    from in_force
    left join invites
        on
            in_force.source_system = invites.source_system
            and in_force.invite_id = invites.invite_id
    left join order_references
        on coalesce(in_force.order_id, invites.order_id) = order_references.source_order_id
    left join store_references
        on in_force.store_id = store_references.store_reference

)

select * from final
