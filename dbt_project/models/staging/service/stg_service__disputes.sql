with

source as (

    {{ landed('service', 'disputes') }}

),

newest as (

    {{ newest_version('source', key=['dispute_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        dispute_id,
        order_id,
        reason,
        amount,
        currency_code,
        opened_at,
        closed_at,
        outcome,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
