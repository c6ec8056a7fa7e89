{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_nights(this) }}",
) }}

-- What each night came to know of the members: where they stand, whenever that is another place
-- than the night before.
{%- set on_time -%}
    restatements.cause is null
    and (
        known.member_key is not null
        or current_rows.member_since > nights.last_posted_date
    )
{%- endset %}
{%- set places = [
    'tier_code', 'tier_since', 'tier_until', 'points_active', 'points_pending', 'points_deficit',
    'points_balance',
] %}

{{ journal_postings(
    ref('loyalty_status'),
    key='member_key',
    columns=['member_key', 'programme_code', 'posted_customer_id'] + places,
    compared=places,
    on_time=on_time,
) }}
