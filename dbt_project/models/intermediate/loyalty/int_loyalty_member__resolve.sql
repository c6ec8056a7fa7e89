with

customer_records as (

    select * from {{ ref('int_customer_record__standardise') }}

),

customer_record_map as (

    select * from {{ ref('customer_record_map') }}

),

-- Brand and store say what earns, not who is a member.
enrolments as (

    select distinct
        programme_code,
        source_system,
        country_code
    from {{ ref('int_loyalty_scope__arrange') }}

),

joining_records as (

    select
        enrolments.programme_code,
        customer_record_map.customer_id,
        customer_records.record_type,
        coalesce(customer_records.card_number, customer_records.customer_record_key) as card,
        {{ business_date('customer_records.created_at') }} as joined_date
    from customer_records
    inner join customer_record_map
        on customer_records.customer_record_key = customer_record_map.customer_record_key
    inner join enrolments
        on
            (
                enrolments.source_system is null
                or customer_records.source_system = enrolments.source_system
            )
            and (
                enrolments.country_code is null
                or customer_records.country_code = enrolments.country_code
            )
    where
        customer_records.record_type = 'loyalty_card'
        or (
            customer_records.record_type = 'eshop_account'
            and customer_records.card_number is not null
        )

),

-- A card's own date of issue is when its membership began; an account that only quotes the number
-- is older or younger than the card, so its date counts where the card itself is not on record.
cards as (

    select
        programme_code,
        customer_id,
        card,
        coalesce(
            min(case when record_type = 'loyalty_card' then joined_date end),
            min(joined_date)
        ) as issued_date
    from joining_records
    group by programme_code, customer_id, card

),

-- Whoever takes another card keeps what the first one earned.
joined as (

    select
        programme_code,
        customer_id,
        min(issued_date) as member_since
    from cards
    group by programme_code, customer_id

),

-- A number is a shorter word for a member, which windows and joins over millions of rows are glad
-- of. It is of this night alone.
final as (

    select
        programme_code || ':' || customer_id as member_key,
        row_number() over (order by programme_code, customer_id) as member_number,
        programme_code,
        customer_id,
        member_since
    from joined
    where member_since <= {{ as_of_date() }}

)

select * from final
