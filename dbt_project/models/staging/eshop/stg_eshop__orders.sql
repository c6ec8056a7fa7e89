with

source as (

    {{ landed('eshop', 'orders') }}

),

newest as (

    {{ newest_version('source', key=['order_id'], clock='updated_at') }}

),

final as (

    select
        source_system,
        order_id,
        order_number,
        customer_id,
        guest_email,
        guest_phone,
        guest_first_name,
        guest_last_name,
        guest_loyalty_card_number,
        guest_street,
        guest_house_number,
        guest_postcode,
        guest_city,
        status,
        is_test,
        sales_channel,
        country_code,
        currency_code,
        prices_include_tax,
        discount_amount,
        shipping_amount,
        tax_amount,
        total_amount,
        subscription_id,
        ordered_at,
        cancelled_at,
        updated_at,
        deleted_at,
        deleted_at is not null as is_deleted,
        _known_at as known_at
    from newest

)

select * from final
