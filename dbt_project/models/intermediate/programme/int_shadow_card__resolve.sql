with

cards as (

    select * from {{ ref('stg_pos__loyalty_cards') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

resolved as (

    select
        cards.card_number,
        cards.source_system,
        record_map.customer_id,
        row_number() over (
            partition by cards.card_number
            order by cards.registered_at asc, cards.source_system asc
        ) as preference
    from cards
    inner join record_map
        on
            {{ customer_record_key(
                'cards.source_system', "'loyalty_card'", 'cards.card_number'
            ) }} = record_map.customer_record_key

),

final as (

    select
        card_number,
        customer_id
    from resolved
    where preference = 1

)

select * from final
