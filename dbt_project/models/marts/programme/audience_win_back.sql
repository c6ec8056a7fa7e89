with

drawn as (

    select * from {{ ref('int_win_back__draw') }}

),

campaigns as (

    select * from {{ ref('campaign') }}

),

vouchers as (

    select * from {{ ref('partner_voucher') }}

),

partners as (

    select * from {{ ref('partner') }}

),

statuses as (

    select * from {{ ref('loyalty_status') }}

),

orders as (

    select * from {{ ref('int_customer_order__filter') }}

),

budgets as (

    select * from {{ ref('int_contact_budget__measure') }}

),

points as (

    select
        customer_id,
        sum(points_active) as points_active
    from statuses
    group by customer_id

),

back_again as (

    select
        drawn.campaign_code,
        drawn.customer_id,
        min(orders.order_date) as back_date
    from drawn
    inner join orders
        on
            drawn.customer_id = orders.customer_id
            and drawn.contact_date <= orders.order_date
    group by drawn.campaign_code, drawn.customer_id

),

open_campaigns as (

    select
        drawn.campaign_code || ':' || drawn.customer_id as audience_key,
        drawn.*,
        campaigns.campaign_name,
        vouchers.voucher_name,
        partners.partner_name,
        back_again.back_date,
        budgets.contacts_7_days,
        budgets.contacts_30_days,
        budgets.budget_left,
        coalesce(points.points_active, 0) as points_active,
        case
            when drawn.is_hold_out then 'hold_out'
            when not drawn.is_granted_now then 'consent_withdrawn'
            when back_again.back_date is not null then 'has_come_back'
            when budgets.budget_left <= 0 then 'over_budget'
            else 'contact'
        end as action
    from drawn
    inner join campaigns on drawn.campaign_code = campaigns.campaign_code
    inner join budgets on drawn.customer_id = budgets.customer_id
    left join back_again
        on
            drawn.campaign_code = back_again.campaign_code
            and drawn.customer_id = back_again.customer_id
    left join vouchers on drawn.voucher_code = vouchers.voucher_code
    left join partners on vouchers.partner_code = partners.partner_code
    left join points on drawn.customer_id = points.customer_id
    where drawn.closes_date >= {{ as_of_date() }}

),

final as (

    select
        audience_key,
        campaign_code,
        customer_id,
        action,
        case action
            when 'hold_out'
                then 'Held out, so that ' || campaign_name || ' can be measured.'
            when 'consent_withdrawn'
                then 'No longer allows ' || contact_channel || '.'
            when 'has_come_back'
                then 'Has ordered again on ' || cast(back_date as string) || '.'
            when 'over_budget'
                then
                    cast(contacts_7_days as string) || ' contacts in 7 days, '
                    || cast(contacts_30_days as string) || ' in 30: no more for now.'
            else
                cast(orders as string) || ' orders, none for '
                || cast(days_since_last_order as string) || ' days before '
                || cast(contact_date as string) || '.'
        end as reason,
        contact_channel,
        voucher_code,
        voucher_name,
        partner_name,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        is_hold_out,
        orders,
        net_amount as net_amount_reporting,
        cast(days_since_last_order as bigint) as days_since_last_order,
        cast(points_active as bigint) as points_active,
        contacts_7_days,
        contacts_30_days,
        budget_left,
        last_order_date,
        contact_date as contact_on,
        closes_date,
        {{ as_of_date() }} as as_of_date
    from open_campaigns

)

select * from final
