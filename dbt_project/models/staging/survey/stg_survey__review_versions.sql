with

source as (

    {{ landed('survey', 'reviews') }}

),

versions as (

    {{ every_version('source', key=['review_id'], clock='updated_at', created_at='published_at') }}

),

final as (

    select
        source_system,
        review_id,
        version_number,
        rating,
        scale_min,
        scale_max,
        published_at,
        replied_at,
        known_from,
        _known_at as known_at
    from versions

)

select * from final
