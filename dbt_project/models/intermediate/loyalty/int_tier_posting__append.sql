{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_nights(this) }}",
) }}

-- What only a journal that exists already is compared with:
-- depends_on: {{ ref('customer_id_alias') }}
-- depends_on: {{ ref('fct_points_ledger') }}
-- What each night came to know of the tiers: intervals that are new or other than before, and those
-- that turned out never to have been.
with

current_rows as (

    select * from {{ ref('tier_history') }}

),

{% if is_incremental() -%}
postings as (

    select * from {{ this }}
    where posted_date < {{ as_of_date() }}

),

aliases as (

    select * from {{ ref('customer_id_alias') }}

),

nights as (

    select max(posted_date) as last_posted_date
    from postings

),

newest as (

    select
        *,
        row_number() over (partition by tier_history_key order by posted_date desc) as recency
    from postings

),

known as (

    select * from newest
    where
        recency = 1
        and not is_withdrawn

),

-- What restated the points of a member restated the rest as well.
restatements as (

    select
        member_key,
        {{ cause_of_strength('min(' ~ cause_strength('posting_cause') ~ ')') }} as cause
    from {{ ref('fct_points_ledger') }}
    where posted_date = {{ as_of_date() }}
    group by member_key

),

changed as (

    select
        current_rows.*,
        case
            when nights.last_posted_date is null then 'opening'
            when 
                (known.tier_history_key is null and current_rows.valid_from > nights.last_posted_date)
                or (
                    known.valid_to is null
                    and current_rows.valid_to > nights.last_posted_date
                    and known.tier_code = current_rows.tier_code
                    and known.reason = current_rows.reason
                    and known.qualifying_amount = current_rows.qualifying_amount
                )
                then 'on_time'
            else coalesce(restatements.cause, 'source_correction')
        end as posting_cause
    from current_rows
    cross join nights
    left join known on current_rows.tier_history_key = known.tier_history_key
    left join restatements on current_rows.member_key = restatements.member_key
    where
        known.tier_history_key is null
        or (
            known.tier_code is distinct from current_rows.tier_code
                or known.reason is distinct from current_rows.reason
                or known.rule_version is distinct from current_rows.rule_version
                or known.qualifying_amount is distinct from current_rows.qualifying_amount
                or known.valid_to is distinct from current_rows.valid_to
                or known.term_end_date is distinct from current_rows.term_end_date
        )

),

withdrawn as (

    select
        known.*,
        case
            when aliases.former_customer_id is not null then 'merge'
            else coalesce(restatements.cause, 'source_correction')
        end as withdrawal_cause
    from known
    left join current_rows on known.tier_history_key = current_rows.tier_history_key
    left join aliases on known.posted_customer_id = aliases.former_customer_id
    left join restatements on known.member_key = restatements.member_key
    where current_rows.tier_history_key is null

),
{%- else -%}
changed as (

    select
        *,
        'opening' as posting_cause
    from current_rows

),
{%- endif %}

final as (

    select
        tier_history_key,
        programme_code,
        member_key,
        customer_id as posted_customer_id,
        tier_code,
        tier_name,
        reason,
        rule_version,
        tier_rank,
        qualifying_amount,
        valid_from,
        valid_to,
        term_end_date,
        false as is_withdrawn,
        {{ as_of_date() }} as posted_date,
        posting_cause
    from changed
    {%- if is_incremental() %}

    union all

    select
        tier_history_key,
        programme_code,
        member_key,
        posted_customer_id as posted_customer_id,
        tier_code,
        tier_name,
        reason,
        rule_version,
        tier_rank,
        qualifying_amount,
        valid_from,
        valid_to,
        term_end_date,
        true as is_withdrawn,
        {{ as_of_date() }} as posted_date,
        withdrawal_cause as posting_cause
    from withdrawn
    {%- endif %}

)

select * from final
