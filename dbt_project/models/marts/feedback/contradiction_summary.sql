with

contradictions as (

    select * from {{ ref('feedback_contradiction') }}

),

order_signals as (

    select * from {{ ref('order_feedback') }}

),

customer_signals as (

    select * from {{ ref('customer_feedback') }}

),

flagged as (

    select
        'order' as grain,
        order_key as flagged_key,
        ', ' || contradictions || ',' as reasons,
        order_date as signal_date
    from order_signals
    where contradictions is not null

    union all

    select
        'customer' as grain,
        customer_id as flagged_key,
        ', ' || contradiction || ',' as reasons,
        last_signal_date as signal_date
    from customer_signals
    where contradiction is not null

),

final as (

    select
        contradictions.contradiction,
        contradictions.grain,
        contradictions.contradiction_name,
        count(flagged.flagged_key) as found,
        min(flagged.signal_date) as first_date,
        max(flagged.signal_date) as last_date
    from contradictions
    left join flagged
        on
            contradictions.grain = flagged.grain
            and flagged.reasons like '%, ' || contradictions.contradiction || ',%'
    group by
        contradictions.contradiction,
        contradictions.grain,
        contradictions.contradiction_name

)

select * from final
