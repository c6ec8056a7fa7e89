with

source as (

    select * from {{ source('pos', 'loyalty_balances') }}

),

newest as (

    {{ newest_version('source', key=['card_number', 'balance_on'], clock='updated_at') }}

),

final as (

    select
        source_system,
        card_number,
        balance_on,
        points,
        programme_code,
        updated_at,
        _known_at as known_at
    from newest

)

select * from final
