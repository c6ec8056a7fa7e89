with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

cuts as (

    select * from {{ ref('int_feedback_cut__attribute') }}

),

weights as (

    select * from {{ ref('int_survey_response__weigh') }}

),

windows as (

    select * from {{ ref('feedback_window') }}

),

scoped as (

    select
        cuts.dimension,
        cuts.dimension_value,
        coalesce(answers.customer_id, answers.customer_record_key, answers.response_key)
            as person_key,
        answers.answer_key,
        answers.nps_group,
        answers.answered_at,
        answers.answer_date,
        weights.response_weight
    from answers
    inner join cuts
        on
            cuts.feedback_kind = 'answer'
            and answers.answer_key = cuts.feedback_key
    left join weights
        on answers.response_key = weights.response_key
    where answers.nps_group is not null

),

-- An answer is a person's latest until the day of the next one, or until it leaves the window.
sequenced as (

    select
        dimension,
        dimension_value,
        nps_group,
        response_weight,
        answer_date,
        lead(answer_date) over (
            partition by dimension, dimension_value, person_key
            order by answered_at, answer_key
        ) as next_answer_date
    from scoped

),

-- Answers that begin and give way together are counted once and for all, before every window and
-- reading multiplies them.
grouped as (

    select
        dimension,
        dimension_value,
        nps_group,
        answer_date,
        next_answer_date,
        count(*) as answers,
        count(response_weight) as weighted_answers,
        cast(coalesce(sum(response_weight), 0) as decimal(24, 6)) as weights,
        cast(coalesce(sum(response_weight * response_weight), 0) as decimal(28, 12))
            as squared_weights
    from sequenced
    group by dimension, dimension_value, nps_group, answer_date, next_answer_date

),

windowed as (

    select
        grouped.*,
        windows.window_days,
        {{ add_days('grouped.answer_date', 'windows.window_days') }} as leaves_window_on
    from grouped
    cross join windows

),

readings as (

    select
        *,
        'all_answers' as reading,
        answer_date as counts_from,
        leaves_window_on as counts_until
    from windowed

    union all

    select
        *,
        'latest_answer_per_person' as reading,
        answer_date as counts_from,
        least(leaves_window_on, coalesce(next_answer_date, leaves_window_on)) as counts_until
    from windowed

),

final as (

    select
        dimension,
        dimension_value,
        window_days,
        reading,
        nps_group,
        counts_from,
        counts_until,
        sum(answers) as answers,
        sum(weighted_answers) as weighted_answers,
        sum(weights) as weights,
        sum(squared_weights) as squared_weights
    from readings
    where counts_from < counts_until
    group by
        dimension, dimension_value, window_days, reading, nps_group, counts_from, counts_until

)

select * from final
