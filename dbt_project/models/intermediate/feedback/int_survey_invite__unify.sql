with

invites as (

    select * from {{ ref('stg_survey__invites') }}

),

responses as (

    select * from {{ ref('int_survey_response__unify') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

dated as (

    select
        *,
        {{ source_key('source_system', ['invite_id']) }} as invite_key,
        {{ business_date('sent_at') }} as sent_date
    from invites

),

answered as (

    select
        invite_key,
        count(*) as responses,
        max(case when is_complete then 1 else 0 end) as has_complete_response,
        min(submitted_at) as first_submitted_at
    from responses
    where invite_key is not null
    group by invite_key

),

final as (

    select
        dated.invite_key,
        {{ source_key('dated.source_system', ['dated.survey_id']) }} as survey_key,
        dated.source_system,
        order_references.order_key,
        answered.invite_key is not null as is_responded,
        coalesce(answered.has_complete_response, 0) = 1 as is_completed,
        -- An answer proves the delivery of an invite that the tool left at "sent".
        case
            when answered.invite_key is not null then true
            when dated.invite_status = 'bounced' then false
            when dated.delivered_at is not null then true
            else coalesce(dated.invite_status, 'delivered') = 'delivered'
        end as is_delivered,
        coalesce(dated.invite_status = 'bounced', false) as is_bounced,
        dated.sent_at,
        dated.sent_date,
        answered.first_submitted_at
    from dated
    left join answered
        on dated.invite_key = answered.invite_key
    left join order_references
        on dated.order_id = order_references.source_order_id
    where dated.sent_date <= {{ as_of_date() }}

)

select * from final
