with

source as (

    {{ landed('survey', 'invites') }}

),

newest as (

    {{ newest_version('source', key=['invite_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        invite_id,
        survey_id,
        email,
        phone,
        card_number,
        order_id,
        sent_at,
        delivered_at,
        invite_status,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
