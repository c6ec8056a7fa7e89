with

programmes as (

    select * from {{ ref('loyalty_programme') }}

),

final as (

    select
        rule_version,
        valid_from,
        points_per_unit,
        points_rounding,
        base_includes_tax,
        pending_days,
        expiry_months,
        expiry_rounding,
        point_value,
        breakage_rate,
        expiry_notice_days,
        tier_basis,
        tier_counts_pending,
        tier_window_months,
        tier_term_months,
        tier_grace_days,
        tier_downgrade_policy,
        lead(valid_from) over (order by valid_from) as valid_to
    from programmes

)

select * from final
