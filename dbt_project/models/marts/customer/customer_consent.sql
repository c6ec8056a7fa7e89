with

consents as (

    select * from {{ ref('stg_eshop__consents') }}

),

customers as (

    select * from {{ ref('stg_eshop__customers') }}

),

record_map as (

    select * from {{ ref('customer_record_map') }}

),

-- Of several statements of one day the last one stands at its end.
dated_statements as (

    select
        source_system,
        customer_id,
        consent_channel,
        consent_purpose,
        is_granted,
        changed_at,
        {{ business_date('changed_at') }} as changed_date,
        row_number() over (
            partition by
                source_system,
                customer_id,
                consent_channel,
                consent_purpose,
                {{ business_date('changed_at') }}
            order by changed_at desc
        ) as day_recency
    from consents
    where {{ business_date('changed_at') }} <= {{ as_of_date() }}

),

followed_statements as (

    select
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key,
        consent_channel,
        consent_purpose,
        is_granted,
        changed_at,
        changed_date,
        lead(changed_date) over (
            partition by source_system, customer_id, consent_channel, consent_purpose
            order by changed_date
        ) as next_changed_date
    from dated_statements
    where day_recency = 1

),

deletions as (

    select
        {{ customer_record_key('source_system', "'eshop_account'", 'customer_id') }}
            as customer_record_key,
        {{ business_date('deleted_at') }} as deleted_date
    from customers
    where {{ business_date('deleted_at') }} <= {{ as_of_date() }}

),

mapped_statements as (

    select
        record_map.customer_id,
        followed_statements.*,
        case
            when
                followed_statements.is_granted
                and deletions.deleted_date < coalesce(
                    followed_statements.next_changed_date, cast({{ end_of_time() }} as date)
                )
                then greatest(deletions.deleted_date, followed_statements.changed_date)
        end as lapsed_date
    from followed_statements
    inner join record_map
        on followed_statements.customer_record_key = record_map.customer_record_key
    left join deletions
        on followed_statements.customer_record_key = deletions.customer_record_key

),

-- A withdrawal outlives the record that it was made in; a grant does not.
standing as (

    select
        customer_id,
        consent_channel,
        consent_purpose,
        customer_record_key,
        changed_at,
        case when is_granted then 2 else 1 end as strictness,
        case when is_granted then 'granted' else 'withdrawn' end as decision,
        changed_date as counts_from,
        coalesce(lapsed_date, next_changed_date) as counts_to
    from mapped_statements
    where lapsed_date is null or lapsed_date > changed_date

    union all

    select
        customer_id,
        consent_channel,
        consent_purpose,
        customer_record_key,
        changed_at,
        3 as strictness,
        'record_deleted' as decision,
        lapsed_date as counts_from,
        next_changed_date as counts_to
    from mapped_statements
    where lapsed_date is not null

),

changes as (

    select
        customer_id,
        consent_channel,
        consent_purpose,
        counts_from as change_date
    from standing

    union distinct

    select
        customer_id,
        consent_channel,
        consent_purpose,
        counts_to as change_date
    from standing
    where counts_to is not null

),

periods as (

    select
        customer_id,
        consent_channel,
        consent_purpose,
        change_date as period_from,
        lead(change_date) over (
            partition by customer_id, consent_channel, consent_purpose order by change_date
        ) as period_to
    from changes

),

-- The strictest record wins: one that withdrew is not overruled by another that never did.
ranked as (

    select
        standing.*,
        periods.period_from,
        periods.period_to,
        row_number() over (
            partition by
                periods.customer_id,
                periods.consent_channel,
                periods.consent_purpose,
                periods.period_from
            order by
                standing.strictness asc,
                standing.changed_at desc,
                standing.customer_record_key asc
        ) as preference
    from periods
    inner join standing
        on
            periods.customer_id = standing.customer_id
            and periods.consent_channel = standing.consent_channel
            and periods.consent_purpose = standing.consent_purpose
            and periods.period_from >= standing.counts_from
            and (standing.counts_to is null or periods.period_from < standing.counts_to)

),

marked as (

    select
        *,
        case
            when
                lag(decision) over of_customer = decision
                and lag(customer_record_key) over of_customer = customer_record_key
                then 0
            else 1
        end as is_start
    from ranked
    where preference = 1
    window of_customer as (
        partition by customer_id, consent_channel, consent_purpose order by period_from
    )

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by customer_id, consent_channel, consent_purpose
            order by period_from
            rows between unbounded preceding and current row
        ) as interval_number
    from marked

),

final as (

    select
        customer_id,
        consent_channel,
        consent_purpose,
        customer_record_key,
        decision,
        decision = 'granted' as is_granted,
        count(period_to) < count(*) as is_current,
        min(period_from) as valid_from,
        case when count(period_to) = count(*) then max(period_to) end as valid_to
    from numbered
    group by
        customer_id,
        consent_channel,
        consent_purpose,
        customer_record_key,
        decision,
        interval_number

)

select * from final
