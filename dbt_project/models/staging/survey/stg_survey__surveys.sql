with

source as (

    {{ landed('survey', 'surveys') }}

),

newest as (

    {{ newest_version('source', key=['survey_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        survey_id,
        title,
        survey_channel,
        created_at,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
