-- The root of everything about loyalty, so that no broken rule gets further than here: the tests of
-- all four files of a programme stand before it.
-- depends_on: {{ ref('loyalty_scope') }}
-- depends_on: {{ ref('loyalty_earn_rule') }}
-- depends_on: {{ ref('loyalty_tier') }}
with

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

final as (

    select
        programme_code,
        rule_version,
        valid_from,
        points_rounding,
        points_rounded_per,
        base_includes_tax,
        pending_days,
        expiry_mode,
        expiry_months,
        expiry_rounding,
        point_value,
        breakage_rate,
        expiry_notice_days,
        tier_basis,
        tier_counts_pending,
        tier_window,
        tier_window_length,
        tier_term,
        tier_term_months,
        tier_grace_days,
        tier_downgrade_policy,
        tier_refund_policy,
        tier_rule_change_policy,
        lead(valid_from) over (partition by programme_code order by valid_from) as valid_to,
        row_number() over (partition by programme_code order by valid_from) as version_number
    from programmes

)

select * from final
