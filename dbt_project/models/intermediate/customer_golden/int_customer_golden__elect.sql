{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_keys(this, ref('int_customer_golden__digest'), 'customer_id') }}",
) }}

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

proofs as (

    select * from {{ ref('int_customer_golden__prove') }}

),

customers as (

    {{ changed_keys(ref('int_customer_golden__digest'), 'customer_id') }}

),

mapped as (

    select
        statements.customer_record_key,
        statements.source_system,
        statements.record_type,
        statements.attribute_group,
        statements.value_text,
        statements.same_value,
        statements.is_complete,
        statements.is_verified,
        statements.customer_version_key,
        statements.stated_at,
        statements.valid_from,
        statements.valid_to,
        customers.customer_id,
        customers.input_digest,
        proofs.delivered_date
    from statements
    inner join record_map
        on statements.customer_record_key = record_map.customer_record_key
    inner join customers
        on record_map.customer_id = customers.customer_id
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
        candidates.input_digest,
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

-- The order among the candidates of a customer's group is the same on every day, but for what most
-- records say; that is counted below, and decides between candidates of one tier.
ranked as (

    select
        *,
        count(*) over (partition by customer_id, attribute_group) as candidates,
        rank() over (
            partition by customer_id, attribute_group
            order by missing_rank asc, trust_rank asc nulls last
        ) as trust_tier,
        rank() over (
            partition by customer_id, attribute_group
            order by missing_rank asc, trust_rank asc nulls last, stated_date desc
        ) as tier,
        row_number() over (
            partition by customer_id, attribute_group
            order by
                missing_rank asc,
                trust_rank asc nulls last,
                stated_date desc,
                stated_at desc,
                customer_record_key asc,
                counts_from asc
        ) as preference
    from trusted

),

-- Where one candidate stands alone nothing is to be decided; so it is for most.
contested as (

    select * from ranked
    where candidates > 1

),

changes as (

    select
        customer_id,
        attribute_group,
        counts_from as change_date
    from contested

    union distinct

    select
        customer_id,
        attribute_group,
        counts_to as change_date
    from contested
    where counts_to is not null

),

periods as (

    select
        customer_id,
        attribute_group,
        change_date as period_from,
        lead(change_date) over of_group as period_to,
        row_number() over of_group as period_number
    from changes
    window of_group as (partition by customer_id, attribute_group order by change_date)

),

-- The best of those that say the same. The texts are left out: they are many times wider, and are
-- looked up for the elected alone.
contenders as (

    select
        periods.customer_id,
        periods.attribute_group,
        periods.period_number,
        periods.period_from,
        periods.period_to,
        contested.same_value,
        min(contested.missing_rank) as missing_rank,
        min(contested.trust_tier) as trust_tier,
        min(contested.tier) as tier,
        min(contested.preference) as preference,
        count(*) as frequency
    from periods
    inner join contested
        on
            periods.customer_id = contested.customer_id
            and periods.attribute_group = contested.attribute_group
            and periods.period_from >= contested.counts_from
            and (contested.counts_to is null or periods.period_from < contested.counts_to)
    group by
        periods.customer_id,
        periods.attribute_group,
        periods.period_number,
        periods.period_from,
        periods.period_to,
        contested.same_value

),

-- The next best says something else: what it lacks is the rule that chose the elected one.
compared as (

    select
        *,
        row_number() over by_preference as place,
        lead(missing_rank) over by_preference as rival_missing_rank,
        lead(trust_tier) over by_preference as rival_trust_tier,
        lead(tier) over by_preference as rival_tier,
        lead(frequency) over by_preference as rival_frequency
    from contenders
    window by_preference as (
        partition by customer_id, attribute_group, period_number
        order by tier asc, frequency desc, preference asc
    )

),

elected as (

    select
        customer_id,
        attribute_group,
        preference,
        period_number,
        period_from,
        period_to,
        case
            when rival_tier is null then 'only_value'
            when missing_rank < rival_missing_rank then 'most_complete'
            when trust_tier < rival_trust_tier then 'most_trusted'
            when tier < rival_tier then 'newest'
            when frequency > rival_frequency then 'most_frequent'
            else 'tie'
        end as survivorship_rule
    from compared
    where place = 1

),

-- Periods that follow each other, elected for the same reason, have the same difference.
numbered as (

    select
        *,
        period_number - row_number() over (
            partition by customer_id, attribute_group, preference, survivorship_rule
            order by period_number
        ) as interval_number
    from elected

),

intervals as (

    select
        customer_id,
        attribute_group,
        preference,
        survivorship_rule,
        min(period_from) as valid_from,
        case when count(period_to) = count(*) then max(period_to) end as valid_to
    from numbered
    group by
        customer_id, attribute_group, preference, survivorship_rule, interval_number

),

final as (

    select
        contested.customer_id,
        contested.attribute_group,
        contested.customer_version_key,
        contested.customer_record_key,
        contested.source_system,
        contested.record_type,
        contested.evidence,
        intervals.survivorship_rule,
        contested.value_text,
        contested.stated_date,
        intervals.valid_from,
        intervals.valid_to,
        contested.input_digest
    from intervals
    inner join contested
        on
            intervals.customer_id = contested.customer_id
            and intervals.attribute_group = contested.attribute_group
            and intervals.preference = contested.preference

    union all

    select
        customer_id,
        attribute_group,
        customer_version_key,
        customer_record_key,
        source_system,
        record_type,
        evidence,
        'only_value' as survivorship_rule,
        value_text,
        stated_date,
        counts_from as valid_from,
        counts_to as valid_to,
        input_digest
    from ranked
    where candidates = 1

)

select * from final
