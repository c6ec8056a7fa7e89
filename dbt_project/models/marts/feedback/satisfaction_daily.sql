with

scores as (

    select * from {{ ref('int_satisfaction_score__unify') }}

),

windows as (

    select * from {{ ref('feedback_window') }}

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
        {{ day_spine('(select min(score_date) from scores)', as_of_date()) }}
    ) as spine

),

daily_scores as (

    select
        metric,
        dimension,
        dimension_value,
        score_date,
        count(*) as n,
        count(is_top_box) as box_n,
        sum(case when is_top_box then 1 else 0 end) as top_box_n,
        count(mean_score) as mean_n,
        cast(sum(coalesce(mean_score, 0)) as decimal(24, 4)) as score_sum,
        cast(sum(coalesce(mean_score * mean_score, 0)) as decimal(28, 8)) as square_sum,
        count(score_index) as index_n,
        cast(sum(coalesce(score_index, 0)) as decimal(24, 4)) as index_sum
    from scores
    group by metric, dimension, dimension_value, score_date

),

-- What each day adds, and what leaves the window that many days later.
movements as (

    select
        daily_scores.metric,
        daily_scores.dimension,
        daily_scores.dimension_value,
        windows.window_days,
        daily_scores.n,
        daily_scores.box_n,
        daily_scores.top_box_n,
        daily_scores.mean_n,
        daily_scores.score_sum,
        daily_scores.square_sum,
        daily_scores.index_n,
        daily_scores.index_sum,
        daily_scores.score_date as movement_date
    from daily_scores
    cross join windows

    union all

    select
        daily_scores.metric,
        daily_scores.dimension,
        daily_scores.dimension_value,
        windows.window_days,
        -daily_scores.n as n,
        -daily_scores.box_n as box_n,
        -daily_scores.top_box_n as top_box_n,
        -daily_scores.mean_n as mean_n,
        -daily_scores.score_sum as score_sum,
        -daily_scores.square_sum as square_sum,
        -daily_scores.index_n as index_n,
        -daily_scores.index_sum as index_sum,
        {{ add_days('daily_scores.score_date', 'windows.window_days') }} as movement_date
    from daily_scores
    cross join windows

),

daily_movements as (

    select
        metric,
        dimension,
        dimension_value,
        window_days,
        movement_date,
        sum(n) as n,
        sum(box_n) as box_n,
        sum(top_box_n) as top_box_n,
        sum(mean_n) as mean_n,
        sum(score_sum) as score_sum,
        sum(square_sum) as square_sum,
        sum(index_n) as index_n,
        sum(index_sum) as index_sum
    from movements
    group by metric, dimension, dimension_value, window_days, movement_date

),

counted as (

    {{ running_sums(
        'daily_movements',
        parts=['metric', 'dimension', 'dimension_value', 'window_days'],
        sums=[
            'n', 'box_n', 'top_box_n', 'mean_n', 'score_sum', 'square_sum', 'index_n', 'index_sum',
        ],
        days='days'
    ) }}

),

measured as (

    select
        counted.business_date,
        counted.metric,
        counted.dimension,
        counted.dimension_value,
        counted.window_days,
        counted.n,
        counted.box_n,
        counted.top_box_n,
        counted.mean_n,
        counted.index_n,
        counted.index_sum,
        metrics.min_n,
        settings.confidence_z as z,
        case
            when counted.box_n >= metrics.min_n
                then cast(counted.top_box_n as double) / counted.box_n
        end as share,
        case
            when counted.mean_n >= metrics.min_n
                then cast(counted.score_sum as double) / counted.mean_n
        end as mean,
        case
            when counted.mean_n >= metrics.min_n and counted.mean_n > 1
                then
                    sqrt(
                        greatest(
                            cast(counted.square_sum as double)
                            - cast(counted.score_sum as double)
                            * cast(counted.score_sum as double)
                            / counted.mean_n,
                            0
                        )
                        / (counted.mean_n - 1)
                        / counted.mean_n
                    )
        end as mean_error
    from counted
    inner join metrics
        on counted.metric = metrics.metric
    cross join settings
    -- By parts of the business the marts keep some days only.
    where
        counted.dimension in ('all', 'survey', 'platform')
        or counted.business_date >= {{ add_days(as_of_date(), '-settings.cut_history_days') }}

),

final as (

    select
        business_date,
        metric,
        dimension,
        dimension_value,
        cast(window_days as integer) as window_days,
        cast(n as bigint) as n,
        cast(box_n as bigint) as box_n,
        cast(top_box_n as bigint) as top_box_n,
        cast(mean_n as bigint) as mean_n,
        cast(round(share, 6) as decimal(9, 6)) as top_box_share,
        case when box_n >= min_n then {{ wilson_bound('top_box_n', 'box_n', 'z', '-') }} end
            as top_box_share_low,
        case when box_n >= min_n then {{ wilson_bound('top_box_n', 'box_n', 'z', '+') }} end
            as top_box_share_high,
        cast(round(mean, 4) as decimal(18, 4)) as mean_score,
        cast(round(mean - z * mean_error, 4) as decimal(18, 4)) as mean_score_low,
        cast(round(mean + z * mean_error, 4) as decimal(18, 4)) as mean_score_high,
        case
            when index_n >= min_n
                then
                    cast(
                        round(cast(index_sum as double) / index_n, 4) as decimal(9, 4)
                    )
        end as mean_index,
        n >= min_n as is_reliable
    from measured

)

select * from final
