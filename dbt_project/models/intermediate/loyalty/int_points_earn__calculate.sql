with

bases as (

    select * from {{ ref('int_points_base__calculate') }}

),

multiplied_rates as (

    select * from {{ ref('int_loyalty_rate__multiply') }}

),

rates as (

    select * from {{ ref('int_loyalty_rate__match') }}

),

intervals as (

    select * from {{ ref('int_tier_interval__hold') }}

),

tiers as (

    select * from {{ ref('loyalty_tier') }}

),

-- The tier at the end of the day before: what is bought today never decides its own rate.
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

-- Points that are rounded per order are spread anew over all of its lines.
versions_with_multipliers as (

    select distinct rates.rule_version
    from rates
    inner join multiplied_rates on rates.rate_number = multiplied_rates.rate_number

),

multiplied as (

    select
        bases.*,
        coalesce(multiplied_rates.points_per_unit, bases.qualifying_rate) as points_per_unit
    from bases
    inner join versions_with_multipliers
        on bases.rule_version = versions_with_multipliers.rule_version
    inner join lowest_tiers on bases.rule_version = lowest_tiers.rule_version
    left join held_tiers
        on
            bases.member_number = held_tiers.member_number
            and bases.order_date > held_tiers.valid_from
            and (held_tiers.valid_to is null or bases.order_date <= held_tiers.valid_to)
    left join multiplied_rates
        on
            bases.rate_number = multiplied_rates.rate_number
            and coalesce(held_tiers.tier_code, lowest_tiers.tier_code) = multiplied_rates.tier_code
    where
        multiplied_rates.rate_number is not null
        or bases.points_rounded_per = 'order'

),

repriced as (

    {{ whole_points(
        'multiplied',
        rate='points_per_unit',
        columns=['order_line_key', 'points_per_unit'],
        points='points',
    ) }}

),

final as (

    select
        bases.order_line_key,
        bases.order_key,
        bases.member_number,
        bases.programme_code,
        bases.rule_version,
        bases.points_rounding,
        bases.pending_days,
        coalesce(repriced.points_per_unit, bases.qualifying_rate) as points_per_unit,
        bases.base_amount_reporting,
        coalesce(repriced.points, bases.qualifying_points) as points,
        bases.ordered_at as occurred_at,
        bases.order_date as earned_date
    from bases
    left join repriced on bases.order_line_key = repriced.order_line_key

)

select * from final
