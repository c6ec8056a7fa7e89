with

source as (

    {{ landed('survey', 'answers') }}

),

newest as (

    {{ newest_version(
        'source',
        key=['response_id', 'question_id'],
        clock='response_updated_at',
        parent_key=['response_id']
    ) }}

),

final as (

    select
        source_system,
        response_id,
        question_id,
        score,
        scale_min,
        scale_max,
        answer_text,
        response_updated_at,
        _known_at as known_at
    from newest

)

select * from final
