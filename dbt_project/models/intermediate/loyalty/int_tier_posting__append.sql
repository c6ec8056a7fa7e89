{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_nights(this) }}",
) }}

-- What each night came to know of the tiers: intervals that are new or other than before, and those
-- that turned out never to have been.
{%- set on_time -%}
    (known.tier_history_key is null and current_rows.valid_from > nights.last_posted_date)
    or (
        known.valid_to is null
        and current_rows.valid_to > nights.last_posted_date
        and known.tier_code = current_rows.tier_code
        and known.reason = current_rows.reason
        and known.qualifying_amount = current_rows.qualifying_amount
    )
{%- endset %}

{{ journal_postings(
    ref('tier_history'),
    key='tier_history_key',
    columns=[
        'tier_history_key', 'programme_code', 'member_key', 'posted_customer_id', 'tier_code',
        'tier_name', 'reason', 'rule_version', 'tier_rank', 'qualifying_amount', 'valid_from',
        'valid_to', 'term_end_date',
    ],
    compared=[
        'tier_code', 'reason', 'rule_version', 'qualifying_amount', 'valid_to', 'term_end_date',
    ],
    on_time=on_time,
) }}
