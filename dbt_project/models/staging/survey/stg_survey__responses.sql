with

source as (

    {{ landed('survey', 'responses') }}

),

newest as (

    {{ newest_version('source', key=['response_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        response_id,
        survey_id,
        invite_id,
        email,
        phone,
        card_number,
        first_name,
        last_name,
        gender,
        birth_date,
        birth_date_text,
        birth_year,
        postcode,
        city,
        country_code,
        order_id,
        store_id,
        is_complete,
        language_code,
        started_at,
        submitted_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
