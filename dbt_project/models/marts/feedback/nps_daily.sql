with

intervals as (

    select * from {{ ref('int_nps_answer__interval') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

days as (

    select date_day
    from (
        {{ day_spine('(select min(counts_from) from intervals)', as_of_date()) }}
    ) as spine

),

-- By parts of the business the marts keep some days only: what was before counts from their first.
horizon as (

    select
        intervals.*,
        case
            when intervals.dimension not in ('all', 'survey')
                then {{ add_days(as_of_date(), '-settings.cut_history_days') }}
            else intervals.counts_from
        end as shown_from
    from intervals
    cross join settings

),

-- What each day adds and takes away; a running sum of it counts the answers in force without
-- joining every day to every answer.
movements as (

    select
        dimension,
        dimension_value,
        window_days,
        reading,
        nps_group,
        greatest(counts_from, shown_from) as movement_date,
        answers,
        weighted_answers,
        weights,
        squared_weights
    from horizon
    where counts_until > shown_from

    union all

    select
        dimension,
        dimension_value,
        window_days,
        reading,
        nps_group,
        counts_until as movement_date,
        -answers as answers,
        -weighted_answers as weighted_answers,
        -weights as weights,
        -squared_weights as squared_weights
    from horizon
    where counts_until > shown_from

),

daily_movements as (

    select
        dimension,
        dimension_value,
        window_days,
        reading,
        movement_date,
        sum(answers) as answers,
        sum(case when nps_group = 'promoter' then answers else 0 end) as promoters,
        sum(case when nps_group = 'detractor' then answers else 0 end) as detractors,
        sum(weighted_answers) as weighted_answers,
        sum(weights) as weights,
        sum(squared_weights) as squared_weights,
        sum(case when nps_group = 'promoter' then weights else 0 end) as promoter_weights,
        sum(case when nps_group = 'detractor' then weights else 0 end) as detractor_weights
    from movements
    group by dimension, dimension_value, window_days, reading, movement_date

),

counted as (

    {{ running_sums(
        'daily_movements',
        parts=['dimension', 'dimension_value', 'window_days', 'reading'],
        sums=[
            'answers', 'promoters', 'detractors', 'weighted_answers', 'weights', 'squared_weights',
            'promoter_weights', 'detractor_weights',
        ],
        days='days'
    ) }}

),

scored as (

    select
        counted.*,
        counted.answers as n,
        counted.answers >= metrics.min_n as is_reliable,
        counted.weighted_answers >= metrics.min_n and counted.weights > 0 as has_weighted,
        settings.confidence_z,
        case
            when counted.answers > 0
                then cast(counted.promoters as double) / counted.answers
        end as promoter_share,
        case
            when counted.answers > 0
                then cast(counted.detractors as double) / counted.answers
        end as detractor_share,
        case
            when counted.weights > 0
                then cast(counted.promoter_weights as double) / cast(counted.weights as double)
        end as weighted_promoter_share,
        case
            when counted.weights > 0
                then cast(counted.detractor_weights as double) / cast(counted.weights as double)
        end as weighted_detractor_share,
        -- Kish: answers of unequal weight say as much as this many of equal weight.
        case
            when counted.squared_weights > 0
                then
                    cast(counted.weights as double) * cast(counted.weights as double)
                    / cast(counted.squared_weights as double)
        end as effective_n
    from counted
    cross join settings
    inner join metrics
        on metrics.metric = 'nps'

),

measured as (

    select
        *,
        100 * (promoter_share - detractor_share) as exact_nps,
        {{ nps_standard_error('promoter_share', 'detractor_share', 'n') }} as exact_error,
        100 * (weighted_promoter_share - weighted_detractor_share) as weighted_nps,
        {{ nps_standard_error(
            'weighted_promoter_share', 'weighted_detractor_share', 'effective_n'
        ) }} as weighted_error
    from scored

),

final as (

    select
        business_date,
        dimension,
        dimension_value,
        reading,
        cast(window_days as integer) as window_days,
        cast(n as bigint) as n,
        cast(promoters as bigint) as promoters,
        cast(n - promoters - detractors as bigint) as passives,
        cast(detractors as bigint) as detractors,
        case when is_reliable then cast(round(exact_nps, 4) as decimal(9, 4)) end as nps,
        case when is_reliable then cast(round(exact_error, 4) as decimal(9, 4)) end
            as nps_standard_error,
        case
            when is_reliable
                then
                    cast(
                        round(greatest(exact_nps - confidence_z * exact_error, -100), 4)
                        as decimal(9, 4)
                    )
        end as nps_low,
        case
            when is_reliable
                then
                    cast(
                        round(least(exact_nps + confidence_z * exact_error, 100), 4)
                        as decimal(9, 4)
                    )
        end as nps_high,
        is_reliable,
        cast(weighted_answers as bigint) as weighted_n,
        case
            when has_weighted then cast(round(weighted_nps, 4) as decimal(9, 4))
        end as nps_weighted,
        case
            when has_weighted then cast(round(weighted_error, 4) as decimal(9, 4))
        end as nps_weighted_standard_error
    from measured

)

select * from final
