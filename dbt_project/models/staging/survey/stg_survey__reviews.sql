with

source as (

    {{ landed('survey', 'reviews') }}

),

newest as (

    {{ newest_version('source', key=['review_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        review_id,
        platform,
        product_id,
        store_id,
        order_id,
        author_name,
        author_email,
        rating,
        scale_min,
        scale_max,
        title,
        body,
        language_code,
        is_verified_purchase,
        published_at,
        replied_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
