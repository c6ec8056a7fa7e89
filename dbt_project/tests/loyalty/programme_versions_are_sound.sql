-- Each row names the version, the column, what stands there and what to write instead.
with

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

{%- set rules = [
    (
        'points_rounding',
        "not coalesce(points_rounding in ('down', 'nearest', 'up'), false)",
        'write down, nearest or up',
    ),
    (
        'points_rounded_per',
        "not coalesce(points_rounded_per in ('line', 'order'), false)",
        'write line or order',
    ),
    (
        'pending_days',
        "not coalesce(pending_days >= 0, false)",
        'write 0 or more days',
    ),
    (
        'expiry_mode',
        "not coalesce(expiry_mode in ('never', 'months', 'inactivity'), false)",
        'write never, months or inactivity',
    ),
    (
        'expiry_months',
        "not coalesce((expiry_mode = 'never') = (expiry_months is null), false) or expiry_months <= 0",
        'write 1 month or more, and leave it empty for never',
    ),
    (
        'expiry_rounding',
        "not coalesce(expiry_rounding in ('none', 'month', 'quarter', 'half_year', 'year'), false)",
        'write none, month, quarter, half_year or year',
    ),
    (
        'point_value',
        "not coalesce(point_value > 0, false)",
        'write an amount above 0',
    ),
    (
        'breakage_rate',
        "not coalesce(breakage_rate between 0 and 1, false)",
        'write a share from 0 to 1',
    ),
    (
        'expiry_notice_days',
        "not coalesce(expiry_notice_days >= 0, false)",
        'write 0 or more days',
    ),
    (
        'tier_basis',
        "not coalesce(tier_basis in ('points', 'net_spend', 'orders'), false)",
        'write points, net_spend or orders',
    ),
    (
        'tier_window',
        "not coalesce(tier_window in ('rolling_months', 'rolling_days', 'calendar_year', 'membership_year', 'lifetime'), false)",
        'write rolling_months, rolling_days, calendar_year, membership_year or lifetime',
    ),
    (
        'tier_window_length',
        "(tier_window in ('rolling_months', 'rolling_days')) = (tier_window_length is null) or tier_window_length <= 0",
        'write 1 or more for a rolling window, and leave it empty for the others',
    ),
    (
        'tier_term',
        "not coalesce(tier_term in ('months', 'calendar_year', 'membership_year', 'lifetime'), false)",
        'write months, calendar_year, membership_year or lifetime',
    ),
    (
        'tier_term_months',
        "(tier_term = 'months') = (tier_term_months is null) or tier_term_months <= 0",
        'write 1 or more for a term of months, and leave it empty for the others',
    ),
    (
        'tier_grace_days',
        "not coalesce(tier_grace_days >= 0, false)",
        'write 0 or more days',
    ),
    (
        'tier_downgrade_policy',
        "not coalesce(tier_downgrade_policy in ('one_step', 'to_current'), false)",
        'write one_step or to_current',
    ),
    (
        'tier_refund_policy',
        "not coalesce(tier_refund_policy in ('none', 'at_term_end', 'immediate'), false)",
        'write none, at_term_end or immediate',
    ),
    (
        'tier_rule_change_policy',
        "not coalesce(tier_rule_change_policy in ('keep_term', 're_evaluate'), false)",
        'write keep_term or re_evaluate',
    ),
] %}

values_out_of_range as (
    {%- for column_name, is_broken, remedy in rules %}

    select
        rule_version,
        '{{ column_name }}' as column_name,
        cast({{ column_name }} as string) as given_value,
        '{{ remedy }}' as remedy
    from programmes
    where {{ is_broken }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

doubles as (

    select
        max(rule_version) as rule_version,
        'valid_from' as column_name,
        cast(valid_from as string) as given_value,
        'two versions of ' || programme_code || ' begin on this day: move one' as remedy
    from programmes
    group by programme_code, valid_from
    having count(*) > 1

),

-- February is the shortest month: points must not expire before they can be spent.
expired_before_active as (

    select
        rule_version,
        'pending_days' as column_name,
        cast(pending_days as string) as given_value,
        'write fewer than 28 days for each of expiry_months' as remedy
    from programmes
    where pending_days >= 28 * expiry_months

),

final as (

    select * from values_out_of_range
    union all
    select * from doubles
    union all
    select * from expired_before_active

)

select * from final
