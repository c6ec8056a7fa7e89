with

till_rows as (

    select * from {{ ref('stg_pos__loyalty_balances') }}

),

shop_rows as (

    select * from {{ ref('stg_eshop__loyalty_balances') }}

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
        till_rows.balance_on,
        till_rows.points,
        till_rows.programme_code
    from till_rows
    left join cards on till_rows.card_number = cards.card_number

    union all

    select
        shop_rows.source_system,
        {{ customer_record_key(
            'shop_rows.source_system', "'eshop_account'", 'shop_rows.customer_id'
        ) }} as holder_key,
        record_map.customer_id,
        shop_rows.balance_on,
        shop_rows.points,
        shop_rows.programme_code
    from shop_rows
    left join record_map
        on
            {{ customer_record_key(
                'shop_rows.source_system', "'eshop_account'", 'shop_rows.customer_id'
            ) }} = record_map.customer_record_key

),

-- Each account's newest balance; a member may have several accounts at the engine.
newest as (

    select
        *,
        row_number() over (
            partition by source_system, holder_key, programme_code
            order by balance_on desc
        ) as recency
    from unified
    where balance_on <= {{ as_of_date() }}

),

coded as (

    select
        newest.*,
        coalesce(
            newest.programme_code,
            case when programmes.programmes = 1 then programmes.programme_code end
        ) as known_programme_code
    from newest
    cross join programmes
    where newest.recency = 1

),

final as (

    select
        source_system,
        known_programme_code as programme_code,
        coalesce(known_programme_code || ':' || customer_id, holder_key) as account_key,
        known_programme_code || ':' || customer_id as member_key,
        customer_id,
        max(balance_on) as balance_on,
        sum(points) as points
    from coded
    group by
        source_system,
        known_programme_code,
        coalesce(known_programme_code || ':' || customer_id, holder_key),
        known_programme_code || ':' || customer_id,
        customer_id

)

select * from final
