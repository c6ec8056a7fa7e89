with

{% set selections = [
    'int_review_request__select', 'int_survey_due__select', 'int_second_purchase__select',
    'int_accessory__select', 'int_channel_coupon__select', 'int_sleeping_member__select'
] %}
selected as (

    {% for selection in selections %}
    select
        audience_code,
        customer_id,
        order_key,
        product_key,
        reason
    from {{ ref(selection) }}
    {% if not loop.last %}

    union all

    {% endif %}
    {% endfor %}

),

rules as (

    select * from {{ ref('audience') }}

),

budgets as (

    select * from {{ ref('int_contact_budget__measure') }}

),

contacts as (

    select * from {{ ref('int_contact_event__unify') }}

),

consents as (

    select * from {{ ref('customer_consent') }}
    where
        is_current
        and is_granted
        and consent_purpose = {{ default_consent_purpose() }}

),

first_orders as (

    select * from {{ ref('int_first_order__describe') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

-- Lots are drawn by the first order, which is the person's for ever; an id may change when people
-- turn out to be one. Who has never ordered has a record.
lots as (

    select
        record_map.customer_id,
        coalesce(
            max(first_orders.first_order_key), min(record_map.customer_record_key)
        ) as lot_key
    from record_map
    left join first_orders
        on record_map.customer_id = first_orders.customer_id
    group by record_map.customer_id

),

earlier as (

    select
        customer_id,
        contact_cause as audience_code,
        max(contact_date) as last_export_date
    from contacts
    group by customer_id, contact_cause

),

judged as (

    select
        selected.audience_code,
        selected.customer_id,
        selected.order_key,
        selected.product_key,
        selected.reason as rule_reason,
        rules.audience_name,
        rules.priority,
        rules.contact_channel,
        budgets.contacts_7_days,
        budgets.contacts_30_days,
        budgets.budget_left,
        earlier.last_export_date,
        {{ lot_number("selected.audience_code || ':' || lots.lot_key") }}
        < rules.hold_out_share * 10000 as is_hold_out,
        consents.customer_id is not null as is_granted,
        coalesce(
            {{ add_days('earlier.last_export_date', 'rules.repeat_days') }} > {{ as_of_date() }},
            false
        ) as is_repeated
    from selected
    inner join rules
        on selected.audience_code = rules.audience_code
    inner join budgets
        on selected.customer_id = budgets.customer_id
    inner join lots
        on selected.customer_id = lots.customer_id
    left join consents
        on
            selected.customer_id = consents.customer_id
            and rules.contact_channel = consents.consent_channel
    left join earlier
        on
            selected.customer_id = earlier.customer_id
            and selected.audience_code = earlier.audience_code

),

-- One contact a person and day, whatever the audience; who may not be contacted for one audience is
-- free for the next.
ranked as (

    select
        *,
        row_number() over (
            partition by
                customer_id,
                is_granted and not is_hold_out and not is_repeated
            order by priority
        ) as audience_rank,
        min(case when is_granted and not is_hold_out and not is_repeated then priority end)
            over (partition by customer_id) as best_priority
    from judged

),

decided as (

    select
        ranked.*,
        best.audience_name as best_audience_name,
        case
            when not ranked.is_granted then 'no_consent'
            when ranked.is_hold_out then 'hold_out'
            when ranked.is_repeated then 'contacted_before'
            when ranked.budget_left <= 0 then 'over_budget'
            when ranked.audience_rank > 1 then 'other_audience'
            else 'contact'
        end as action
    from ranked
    left join rules as best
        on ranked.best_priority = best.priority

),

final as (

    select
        audience_code || ':' || customer_id as audience_key,
        audience_code,
        customer_id,
        action,
        rule_reason,
        case action
            when 'no_consent' then 'Does not allow ' || contact_channel || '.'
            when 'hold_out' then 'Held out, so that ' || audience_name || ' can be measured.'
            when 'contacted_before'
                then 'Contacted for this on ' || cast(last_export_date as string) || '.'
            when 'over_budget'
                then
                    cast(contacts_7_days as string) || ' contacts in 7 days, '
                    || cast(contacts_30_days as string) || ' in 30: no more for now.'
            when 'other_audience' then 'Contacted for ' || best_audience_name || ' instead.'
            else rule_reason
        end as reason,
        contact_channel,
        order_key,
        product_key,
        is_hold_out,
        contacts_7_days,
        contacts_30_days,
        budget_left,
        {{ add_days(as_of_date(), 1) }} as contact_on
    from decided

)

select * from final
