with

measures as (

    select * from {{ ref('int_campaign_customer__measure') }}
    where audience = 'win_back'

),

campaigns as (

    select * from {{ ref('campaign') }}

),

vouchers as (

    select * from {{ ref('partner_voucher') }}

),

drawn as (

    select
        measures.*,
        campaigns.contact_date,
        campaigns.closes_date,
        campaigns.contact_channel,
        campaigns.conversion_days,
        campaigns.voucher_code
    from measures
    inner join campaigns on measures.campaign_code = campaigns.campaign_code
    where
        measures.is_granted_at_contact
        and measures.orders >= campaigns.min_orders
        and measures.days_since_last_order >= campaigns.min_days_since_order
        and measures.days_since_last_order <= campaigns.max_days_since_order

),

-- Vouchers go to those who bought most, as long as there are some; a voucher that several campaigns
-- use has one cap.
allotted as (

    select
        drawn.campaign_code,
        drawn.customer_id,
        vouchers.voucher_code,
        vouchers.unit_cost,
        vouchers.cap,
        row_number() over (
            partition by vouchers.voucher_code
            order by
                drawn.contact_date asc,
                drawn.campaign_code asc,
                drawn.net_amount desc,
                drawn.first_record_key asc
        ) as voucher_number
    from drawn
    inner join vouchers
        on
            drawn.voucher_code = vouchers.voucher_code
            and drawn.contact_date >= vouchers.valid_from
            and (vouchers.valid_to is null or drawn.contact_date < vouchers.valid_to)
    where not drawn.is_hold_out

),

final as (

    select
        drawn.campaign_code,
        drawn.customer_id,
        drawn.contact_date,
        drawn.closes_date,
        drawn.contact_channel,
        drawn.conversion_days,
        drawn.is_hold_out,
        drawn.is_granted_now,
        allotted.voucher_code,
        coalesce(allotted.unit_cost, 0) as voucher_cost,
        drawn.orders,
        drawn.net_amount,
        drawn.last_order_date,
        drawn.days_since_last_order
    from drawn
    left join allotted
        on
            drawn.campaign_code = allotted.campaign_code
            and drawn.customer_id = allotted.customer_id
            and allotted.voucher_number <= allotted.cap

)

select * from final
