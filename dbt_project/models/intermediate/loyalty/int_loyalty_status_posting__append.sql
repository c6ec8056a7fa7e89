{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_nights(this) }}",
) }}

-- What only a journal that exists already is compared with:
-- depends_on: {{ ref('customer_id_alias') }}
-- depends_on: {{ ref('fct_points_ledger') }}
-- What each night came to know of the members: where they stand, whenever that is another place
-- than the night before.
with

current_rows as (

    select * from {{ ref('loyalty_status') }}

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
        row_number() over (partition by member_key order by posted_date desc) as recency
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
                restatements.cause is null
                and (
                    known.member_key is not null
                    or current_rows.member_since > nights.last_posted_date
                )
                then 'on_time'
            else coalesce(restatements.cause, 'source_correction')
        end as posting_cause
    from current_rows
    cross join nights
    left join known on current_rows.member_key = known.member_key
    left join restatements on current_rows.member_key = restatements.member_key
    where
        known.member_key is null
        or (
            known.tier_code is distinct from current_rows.tier_code
                or known.tier_since is distinct from current_rows.tier_since
                or known.tier_until is distinct from current_rows.tier_until
                or known.points_active is distinct from current_rows.points_active
                or known.points_pending is distinct from current_rows.points_pending
                or known.points_deficit is distinct from current_rows.points_deficit
                or known.points_balance is distinct from current_rows.points_balance
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
    left join current_rows on known.member_key = current_rows.member_key
    left join aliases on known.posted_customer_id = aliases.former_customer_id
    left join restatements on known.member_key = restatements.member_key
    where current_rows.member_key is null

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
        member_key,
        programme_code,
        customer_id as posted_customer_id,
        tier_code,
        tier_since,
        tier_until,
        points_active,
        points_pending,
        points_deficit,
        points_balance,
        false as is_withdrawn,
        {{ as_of_date() }} as posted_date,
        posting_cause
    from changed
    {%- if is_incremental() %}

    union all

    select
        member_key,
        programme_code,
        posted_customer_id as posted_customer_id,
        tier_code,
        tier_since,
        tier_until,
        points_active,
        points_pending,
        points_deficit,
        points_balance,
        true as is_withdrawn,
        {{ as_of_date() }} as posted_date,
        withdrawal_cause as posting_cause
    from withdrawn
    {%- endif %}

)

select * from final
