with

checkouts as (

    select * from {{ ref('stg_service__checkouts') }}

),

contacts as (

    select * from {{ ref('int_contact_reference__resolve') }}

),

order_references as (

    select * from {{ ref('int_order_reference__resolve') }}

),

orders as (

    select * from {{ ref('fct_order') }}
    where is_valid_order

),

exchange_rates as (

    select * from {{ ref('int_exchange_rate__arrange') }}

),

settings as (

    select * from {{ ref('checkout_setting') }}

),

dated as (

    select
        *,
        {{ business_date('started_at') }} as started_date,
        case when {{ business_date('completed_at') }} <= {{ as_of_date() }} then completed_at end
            as ended_at
    from checkouts
    where
        {{ business_date('started_at') }} <= {{ as_of_date() }}
        and (deleted_at is null or {{ business_date('deleted_at') }} > {{ as_of_date() }})

),

identified as (

    select
        {{ source_key('dated.source_system', ['dated.checkout_id']) }} as checkout_key,
        coalesce(own.customer_id, by_account.customer_id, by_email.customer_id) as customer_id,
        own.order_key as own_order_key,
        dated.source_system,
        dated.currency_code,
        dated.amount,
        dated.started_at,
        dated.started_date,
        coalesce(dated.ended_at, own.ordered_at) as ended_at,
        settings.abandoned_after_hours,
        settings.recovery_days
    from dated
    cross join settings
    left join order_references
        on dated.order_id = order_references.source_order_id
    left join orders as own
        on order_references.order_key = own.order_key
    {{ join_contacts('dated', 'contacts', ['account', 'email']) }}

),

-- What was finished within the hours was never abandoned; what is younger than them is still open.
abandoned as (

    select *
    from identified
    where
        {{ hours_between('started_at', as_of_end()) }} >= abandoned_after_hours
        and (
            ended_at is null
            or {{ hours_between('started_at', 'ended_at') }} > abandoned_after_hours
        )

),

-- Its own order, or another one of the same person: one order recovers one checkout, its own one
-- or the last that was left before it, and a checkout is recovered by the first order that does.
followed as (

    select
        abandoned.checkout_key,
        orders.order_key,
        orders.channel,
        orders.ordered_at,
        orders.net_amount_reporting,
        coalesce(orders.order_key = abandoned.own_order_key, false) as is_own,
        row_number() over (
            partition by orders.order_key
            order by
                case when orders.order_key = abandoned.own_order_key then 0 else 1 end,
                abandoned.started_at desc,
                abandoned.checkout_key asc
        ) as order_rank
    from abandoned
    inner join orders
        on
            abandoned.started_at < orders.ordered_at
            and {{ add_days('abandoned.started_date', 'abandoned.recovery_days') }}
            >= orders.order_date
            and (
                abandoned.own_order_key = orders.order_key
                or (
                    abandoned.own_order_key is null
                    and abandoned.customer_id = orders.customer_id
                )
            )

),

first_of_checkout as (

    select
        *,
        row_number() over (
            partition by checkout_key
            order by ordered_at, order_key
        ) as checkout_rank
    from followed
    where order_rank = 1

),

recoveries as (

    select * from first_of_checkout
    where checkout_rank = 1

),

final as (

    select
        abandoned.checkout_key,
        abandoned.customer_id,
        recoveries.order_key as recovered_order_key,
        abandoned.source_system,
        case
            when recoveries.is_own then 'same_checkout'
            when recoveries.order_key is not null then 'later_order'
        end as recovery,
        recoveries.channel as recovered_channel,
        abandoned.currency_code,
        case
            when recoveries.order_key is not null then true
            when
                {{ add_days('abandoned.started_date', 'abandoned.recovery_days') }}
                <= {{ as_of_date() }}
                then false
        end as is_recovered,
        {{ add_days('abandoned.started_date', 'abandoned.recovery_days') }}
        <= {{ as_of_date() }} as is_mature,
        abandoned.amount,
        cast(
            round({{ multiply_money('abandoned.amount', 'exchange_rates.exchange_rate') }}, 4)
            as decimal(18, 4)
        ) as amount_reporting,
        recoveries.net_amount_reporting as recovered_net_amount_reporting,
        {{ hours_between('abandoned.started_at', 'recoveries.ordered_at') }} as hours_to_recovery,
        abandoned.started_at,
        abandoned.started_date,
        recoveries.ordered_at as recovered_at
    from abandoned
    left join recoveries
        on abandoned.checkout_key = recoveries.checkout_key
    left join exchange_rates
        on
            abandoned.currency_code = exchange_rates.currency_code
            and abandoned.started_date >= exchange_rates.valid_from
            and (
                exchange_rates.valid_to is null
                or abandoned.started_date < exchange_rates.valid_to
            )

)

select * from final
