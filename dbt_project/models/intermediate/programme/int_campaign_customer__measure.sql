with

campaigns as (

    select * from {{ ref('campaign') }}

),

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

consents as (

    select * from {{ ref('int_campaign_consent__resolve') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

-- An id depends on the order in which records came; the record that was seen first does not.
first_records as (

    select
        customer_id,
        customer_record_key as first_record_key
    from (
        select
            customer_id,
            customer_record_key,
            row_number() over (
                partition by customer_id order by first_seen_date asc, customer_record_key asc
            ) as record_number
        from record_map
    ) as numbered_records
    where record_number = 1

),

-- Everything is measured as it was on the morning of the contact.
measured as (

    select
        campaigns.campaign_code,
        orders.customer_id,
        count(*) as orders,
        sum(orders.net_amount_reporting) as net_amount,
        sum(
            case
                when
                    orders.order_date
                    >= cast({{ dbt.dateadd('month', -12, 'campaigns.contact_date') }} as date)
                    then orders.net_amount_reporting
                else 0
            end
        ) as net_amount_of_year,
        max(orders.order_date) as last_order_date
    from campaigns
    inner join orders on campaigns.contact_date > orders.order_date
    where campaigns.contact_date <= {{ as_of_date() }}
    group by campaigns.campaign_code, orders.customer_id

),

final as (

    select
        campaigns.campaign_code,
        campaigns.audience,
        measured.customer_id,
        cast(measured.orders as bigint) as orders,
        cast(measured.net_amount as decimal(18, 4)) as net_amount,
        cast(measured.net_amount_of_year as decimal(18, 4)) as net_amount_of_year,
        measured.last_order_date,
        {{ day_difference('measured.last_order_date', 'campaigns.contact_date') }}
            as days_since_last_order,
        coalesce(consents.is_granted_at_contact, false) as is_granted_at_contact,
        coalesce(consents.is_granted_now, false) as is_granted_now,
        first_records.first_record_key,
        {{ lot_number("campaigns.campaign_code || ':' || first_records.first_record_key") }}
        < campaigns.hold_out_share * 10000 as is_hold_out
    from measured
    inner join campaigns on measured.campaign_code = campaigns.campaign_code
    inner join customers on measured.customer_id = customers.customer_id
    inner join first_records on measured.customer_id = first_records.customer_id
    left join consents
        on
            measured.campaign_code = consents.campaign_code
            and measured.customer_id = consents.customer_id
    where not customers.is_deleted

)

select * from final
