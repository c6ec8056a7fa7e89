with

till_rows as (

    select * from {{ ref('stg_pos__loyalty_movements') }}

),

shop_rows as (

    select * from {{ ref('stg_eshop__loyalty_movements') }}

),

cards as (

    select * from {{ ref('int_shadow_card__resolve') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

programmes as (

    select
        min(programme_code) as programme_code,
        count(distinct programme_code) as programmes
    from {{ ref('int_loyalty_programme__version') }}

),

unified as (

    select
        till_rows.source_system,
        {{ customer_record_key(
            'till_rows.source_system', "'loyalty_card'", 'till_rows.card_number'
        ) }} as holder_key,
        cards.customer_id,
        till_rows.movement_id,
        till_rows.movement_type,
        till_rows.points,
        till_rows.order_id,
        till_rows.order_system,
        till_rows.programme_code,
        till_rows.occurred_at
    from till_rows
    left join cards on till_rows.card_number = cards.card_number

    union all

    select
        shop_rows.source_system,
        {{ customer_record_key(
            'shop_rows.source_system', "'eshop_account'", 'shop_rows.customer_id'
        ) }} as holder_key,
        record_map.customer_id,
        shop_rows.movement_id,
        shop_rows.movement_type,
        shop_rows.points,
        shop_rows.order_id,
        shop_rows.order_system,
        shop_rows.programme_code,
        shop_rows.occurred_at
    from shop_rows
    left join record_map
        on
            {{ customer_record_key(
                'shop_rows.source_system', "'eshop_account'", 'shop_rows.customer_id'
            ) }} = record_map.customer_record_key

),

coded as (

    select
        unified.*,
        coalesce(
            unified.programme_code,
            case when programmes.programmes = 1 then programmes.programme_code end
        ) as known_programme_code
    from unified
    cross join programmes

),

final as (

    select
        {{ source_key('source_system', ['movement_id']) }} as shadow_movement_key,
        source_system,
        known_programme_code as programme_code,
        coalesce(known_programme_code || ':' || customer_id, holder_key) as account_key,
        movement_type,
        points,
        coalesce(order_system, source_system) || ':' || order_id as order_key,
        occurred_at,
        {{ business_date('occurred_at') }} as movement_date
    from coded

)

select * from final
