with

source as (

    {{ landed('survey', 'questions') }}

),

newest as (

    {{ newest_version('source', key=['survey_id', 'question_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        survey_id,
        question_id,
        question_text,
        metric,
        scale_min,
        scale_max,
        position,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
