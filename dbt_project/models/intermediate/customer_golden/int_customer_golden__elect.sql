with

statements as (

    select * from {{ ref('int_customer_golden__gather') }}

),

record_map as (

    select * from {{ ref('stg_identity__customer_record_map') }}

),

trust as (

    select * from {{ ref('identity_source_trust') }}

),

orders as (

    select * from {{ ref('stg_eshop__orders') }}

),

shipments as (

    select * from {{ ref('stg_eshop__shipments') }}

),

placed as (

    select
        {{ online_buyer_key() }} as customer_record_key,
        source_system,
        order_id,
        {{ business_date('ordered_at') }} as ordered_date
    from orders
    where deleted_at is null

),

arrivals as (

    select
        placed.customer_record_key,
        placed.ordered_date,
        {{ business_date('shipments.delivered_at') }} as delivered_date
    from placed
    inner join shipments
        on
            placed.source_system = shipments.source_system
            and placed.order_id = shipments.order_id
    where {{ business_date('shipments.delivered_at') }} <= {{ as_of_date() }}

),

-- A parcel that arrived proves the address that stood when it was ordered, from its arrival on.
proofs as (

    select
        statements.customer_record_key,
        statements.attribute_group,
        statements.valid_from,
        min(arrivals.delivered_date) as delivered_date
    from statements
    inner join arrivals
        on
            statements.customer_record_key = arrivals.customer_record_key
            and statements.valid_from <= arrivals.ordered_date
            and (statements.valid_to is null or statements.valid_to > arrivals.ordered_date)
    where statements.attribute_group = 'address'
    group by
        statements.customer_record_key, statements.attribute_group, statements.valid_from

),

mapped as (

    select
        statements.*,
        record_map.customer_id,
        proofs.delivered_date
    from statements
    inner join record_map
        on statements.customer_record_key = record_map.customer_record_key
    left join proofs
        on
            statements.customer_record_key = proofs.customer_record_key
            and statements.attribute_group = proofs.attribute_group
            and statements.valid_from = proofs.valid_from

),

-- Until a parcel arrived a statement is as good as it was given; from then on it is proven.
candidates as (

    select
        *,
        case when is_verified then 'verified' else 'stated' end as evidence,
        valid_from as counts_from,
        case
            when delivered_date is null then valid_to
            when valid_to is null or delivered_date < valid_to
                then greatest(delivered_date, valid_from)
            else valid_to
        end as counts_to
    from mapped

    union all

    select
        *,
        'delivered' as evidence,
        greatest(delivered_date, valid_from) as counts_from,
        valid_to as counts_to
    from mapped
    where delivered_date is not null and (valid_to is null or delivered_date < valid_to)

),

trusted as (

    select
        candidates.customer_id,
        candidates.attribute_group,
        candidates.customer_record_key,
        candidates.customer_version_key,
        candidates.source_system,
        candidates.record_type,
        candidates.value_text,
        candidates.same_value,
        candidates.evidence,
        candidates.stated_at,
        {{ business_date('candidates.stated_at') }} as stated_date,
        candidates.counts_from,
        candidates.counts_to,
        case when candidates.is_complete then 0 else 1 end as missing_rank,
        trust.trust_rank
    from candidates
    left join trust
        on
            candidates.record_type = trust.record_type
            and candidates.attribute_group = trust.attribute_group
            and candidates.evidence = trust.evidence
    where candidates.counts_to is null or candidates.counts_to > candidates.counts_from

),

changes as (

    select
        customer_id,
        attribute_group,
        counts_from as change_date
    from trusted

    union distinct

    select
        customer_id,
        attribute_group,
        counts_to as change_date
    from trusted
    where counts_to is not null

),

periods as (

    select
        customer_id,
        attribute_group,
        change_date as period_from,
        lead(change_date) over (
            partition by customer_id, attribute_group order by change_date
        ) as period_to
    from changes

),

-- What decides, without the texts: those are many times wider, and are looked up for the elected
-- alone.
contenders as (

    select
        trusted.customer_id,
        trusted.attribute_group,
        trusted.customer_record_key,
        trusted.counts_from,
        trusted.same_value,
        trusted.missing_rank,
        trusted.trust_rank,
        trusted.stated_at,
        trusted.stated_date,
        periods.period_from,
        periods.period_to,
        count(*) over (
            partition by
                periods.customer_id,
                periods.attribute_group,
                periods.period_from,
                trusted.same_value
        ) as frequency
    from periods
    inner join trusted
        on
            periods.customer_id = trusted.customer_id
            and periods.attribute_group = trusted.attribute_group
            and periods.period_from >= trusted.counts_from
            and (trusted.counts_to is null or periods.period_from < trusted.counts_to)

),

ranked as (

    select
        *,
        row_number() over by_preference as preference,
        first_value(same_value) over by_preference as elected_value
    from contenders
    window by_preference as (
        partition by customer_id, attribute_group, period_from
        order by
            missing_rank asc,
            trust_rank asc nulls last,
            stated_date desc,
            frequency desc,
            stated_at desc,
            customer_record_key asc
    )

),

-- The best that says something else: what it lacks is the rule that chose the elected one.
opposed as (

    select
        *,
        min(case when same_value <> elected_value then preference end) over (
            partition by customer_id, attribute_group, period_from
        ) as rival_preference
    from ranked

),

elected as (

    select * from opposed
    where preference = 1

),

rivals as (

    select * from opposed
    where preference = rival_preference

),

ruled as (

    select
        elected.customer_id,
        elected.attribute_group,
        elected.period_from,
        elected.period_to,
        elected.customer_record_key,
        elected.counts_from,
        case
            when rivals.customer_id is null then 'only_value'
            when elected.missing_rank < rivals.missing_rank then 'most_complete'
            when elected.trust_rank < coalesce(rivals.trust_rank, elected.trust_rank + 1)
                then 'most_trusted'
            when elected.stated_date > rivals.stated_date then 'newest'
            when elected.frequency > rivals.frequency then 'most_frequent'
            else 'tie'
        end as survivorship_rule
    from elected
    left join rivals
        on
            elected.customer_id = rivals.customer_id
            and elected.attribute_group = rivals.attribute_group
            and elected.period_from = rivals.period_from

),

-- Statements of one record about one group never hold at once, so the day names one of them.
spoken as (

    select
        ruled.*,
        trusted.customer_version_key,
        trusted.source_system,
        trusted.record_type,
        trusted.evidence,
        trusted.value_text,
        trusted.stated_date
    from ruled
    inner join trusted
        on
            ruled.customer_record_key = trusted.customer_record_key
            and ruled.attribute_group = trusted.attribute_group
            and ruled.counts_from = trusted.counts_from

),

marked as (

    select
        *,
        case
            when
                lag(value_text) over of_customer = value_text
                and lag(customer_record_key) over of_customer = customer_record_key
                and lag(evidence) over of_customer = evidence
                and lag(survivorship_rule) over of_customer = survivorship_rule
                and lag(period_to) over of_customer = period_from
                then 0
            else 1
        end as is_start
    from spoken
    window of_customer as (
        partition by customer_id, attribute_group order by period_from
    )

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by customer_id, attribute_group
            order by period_from
            rows between unbounded preceding and current row
        ) as interval_number
    from marked

),

final as (

    select
        customer_id,
        attribute_group,
        max(case when is_start = 1 then customer_version_key end) as customer_version_key,
        customer_record_key,
        source_system,
        record_type,
        evidence,
        survivorship_rule,
        value_text,
        min(stated_date) as stated_date,
        min(period_from) as valid_from,
        case when count(period_to) = count(*) then max(period_to) end as valid_to
    from numbered
    group by
        customer_id,
        attribute_group,
        customer_record_key,
        source_system,
        record_type,
        evidence,
        survivorship_rule,
        value_text,
        interval_number

)

select * from final
