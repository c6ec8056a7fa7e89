with

source as (

    {{ landed('pos', 'sales') }}

),

newest as (

    {{ newest_version('source', key=['sale_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        sale_id,
        store_id,
        till_id,
        card_number,
        status,
        is_test,
        currency_code,
        prices_include_tax,
        discount_amount,
        tax_amount,
        total_amount,
        sold_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
