-- The rate of the order lines that a tier multiplies: by the tier at the end of the day before, so
-- that what is bought today never decides its own rate.
with

bases as (

    select * from {{ ref('int_points_base__calculate') }}

),

multiplied_rates as (

    select * from {{ ref('int_loyalty_rate__multiply') }}

),

intervals as (

    select * from {{ ref('int_tier_interval__hold') }}

),

tiers as (

    select * from {{ ref('int_loyalty_tier__name') }}

),

held_tiers as (

    select
        intervals.member_number,
        intervals.valid_from,
        intervals.valid_to,
        tiers.tier_code
    from intervals
    inner join tiers
        on
            intervals.rule_version = tiers.rule_version
            and intervals.tier_rank = tiers.tier_rank

),

lowest_tiers as (

    select
        rule_version,
        tier_code
    from tiers
    where tier_rank = 0

),

rates_that_tiers_change as (

    select distinct rate_number
    from {{ ref('int_loyalty_rate__multiply') }}

),

changeable as (

    select
        bases.order_line_key,
        bases.member_number,
        bases.rule_version,
        bases.rate_number,
        bases.order_date
    from bases
    inner join rates_that_tiers_change
        on bases.rate_number = rates_that_tiers_change.rate_number

),

final as (

    select
        changeable.order_line_key,
        multiplied_rates.points_per_unit
    from changeable
    inner join lowest_tiers on changeable.rule_version = lowest_tiers.rule_version
    left join held_tiers
        on
            changeable.member_number = held_tiers.member_number
            and changeable.order_date > held_tiers.valid_from
            and (held_tiers.valid_to is null or changeable.order_date <= held_tiers.valid_to)
    inner join multiplied_rates
        on
            changeable.rate_number = multiplied_rates.rate_number
            and coalesce(held_tiers.tier_code, lowest_tiers.tier_code) = multiplied_rates.tier_code

)

select * from final
