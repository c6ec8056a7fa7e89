with

customer_records as (

    select * from {{ ref('int_customer_record__unify') }}

),

customer_record_map as (

    select * from {{ ref('customer_record_map') }}

),

-- The card's own date of issue is when membership began; an account that only quotes a card number
-- is older or younger than the card, so its date counts where no card is on record.
joining_records as (

    select
        customer_record_map.customer_id,
        customer_records.record_type,
        {{ business_date('customer_records.created_at') }} as joined_date
    from customer_records
    inner join customer_record_map
        on customer_records.customer_record_key = customer_record_map.customer_record_key
    where
        customer_records.record_type = 'loyalty_card'
        or (
            customer_records.record_type = 'eshop_account'
            and customer_records.loyalty_card_number is not null
        )

),

joined as (

    select
        customer_id,
        coalesce(
            min(case when record_type = 'loyalty_card' then joined_date end),
            min(joined_date)
        ) as member_since
    from joining_records
    group by customer_id

),

final as (

    select
        customer_id,
        member_since
    from joined
    where member_since <= {{ as_of_date() }}

)

select * from final
