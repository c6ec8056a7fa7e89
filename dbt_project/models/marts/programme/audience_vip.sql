with

measures as (

    select * from {{ ref('int_campaign_customer__measure') }}
    where audience = 'vip'

),

campaigns as (

    select * from {{ ref('campaign') }}

),

tiers as (

    select * from {{ ref('tier_history') }}

),

budgets as (

    select * from {{ ref('int_contact_budget__measure') }}

),

tiers_at_contact as (

    select
        campaigns.campaign_code,
        tiers.customer_id,
        tiers.tier_name,
        tiers.tier_rank,
        row_number() over (
            partition by campaigns.campaign_code, tiers.customer_id
            order by tiers.tier_rank desc, tiers.tier_history_key asc
        ) as preference
    from campaigns
    inner join tiers
        on
            campaigns.contact_date >= tiers.valid_from
            and (tiers.valid_to is null or campaigns.contact_date < tiers.valid_to)
    where campaigns.audience = 'vip'

),

ranked as (

    select
        measures.*,
        row_number() over (
            partition by measures.campaign_code
            order by measures.net_amount_of_year desc, measures.first_record_key asc
        ) as net_rank,
        count(*) over (partition by measures.campaign_code) as buyers
    from measures
    where measures.net_amount_of_year > 0

),

judged as (

    select
        measures.campaign_code || ':' || measures.customer_id as audience_key,
        measures.*,
        campaigns.campaign_name,
        campaigns.contact_date,
        campaigns.closes_date,
        campaigns.contact_channel,
        tiers_at_contact.tier_name,
        ranked.net_rank,
        ranked.buyers,
        budgets.contacts_7_days,
        budgets.contacts_30_days,
        budgets.budget_left,
        coalesce(tiers_at_contact.tier_rank >= campaigns.min_tier_rank, false) as is_by_tier,
        coalesce(ranked.net_rank <= ceil(campaigns.top_net_share * ranked.buyers), false)
            as is_by_net
    from measures
    inner join campaigns on measures.campaign_code = campaigns.campaign_code
    left join tiers_at_contact
        on
            measures.campaign_code = tiers_at_contact.campaign_code
            and measures.customer_id = tiers_at_contact.customer_id
            and tiers_at_contact.preference = 1
    inner join budgets on measures.customer_id = budgets.customer_id
    left join ranked
        on
            measures.campaign_code = ranked.campaign_code
            and measures.customer_id = ranked.customer_id
    where
        measures.is_granted_at_contact
        and measures.orders >= coalesce(campaigns.min_orders, 0)
        and campaigns.closes_date >= {{ as_of_date() }}

),

decided as (

    select
        *,
        case
            when is_hold_out then 'hold_out'
            when not is_granted_now then 'consent_withdrawn'
            when budget_left <= 0 then 'over_budget'
            else 'contact'
        end as action
    from judged
    where is_by_tier or is_by_net

),

final as (

    select
        audience_key,
        campaign_code,
        customer_id,
        action,
        case
            when action = 'hold_out'
                then 'Held out, so that ' || campaign_name || ' can be measured.'
            when action = 'consent_withdrawn' then 'No longer allows ' || contact_channel || '.'
            when action = 'over_budget'
                then
                    cast(contacts_7_days as string) || ' contacts in 7 days, '
                    || cast(contacts_30_days as string) || ' in 30: no more for now.'
            when is_by_tier
                then tier_name || ' on ' || cast(contact_date as string) || '.'
            else
                'Number ' || cast(net_rank as string) || ' of ' || cast(buyers as string)
                || ' by net sales of the 12 months before ' || cast(contact_date as string) || '.'
        end as reason,
        contact_channel,
        tier_name,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        is_by_tier,
        is_by_net,
        is_hold_out,
        cast(net_rank as bigint) as net_rank,
        orders,
        net_amount_of_year as net_amount_of_year_reporting,
        contacts_7_days,
        contacts_30_days,
        budget_left,
        last_order_date,
        contact_date as contact_on,
        closes_date,
        {{ as_of_date() }} as as_of_date
    from decided

)

select * from final
