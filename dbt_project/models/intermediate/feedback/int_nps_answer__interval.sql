with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

windows as (

    select * from {{ ref('feedback_window') }}

),

scoped as (

    select
        survey_key as survey_scope,
        coalesce(customer_id, customer_record_key, response_key) as person_key,
        answer_key,
        nps_group,
        answered_at,
        answer_date
    from answers
    where nps_group is not null

    union all

    select
        'all' as survey_scope,
        coalesce(customer_id, customer_record_key, response_key) as person_key,
        answer_key,
        nps_group,
        answered_at,
        answer_date
    from answers
    where nps_group is not null

),

-- An answer is a person's latest until the day of the next one, or until it leaves the window.
sequenced as (

    select
        survey_scope,
        nps_group,
        answer_date,
        lead(answer_date) over (
            partition by survey_scope, person_key
            order by answered_at, answer_key
        ) as next_answer_date
    from scoped

),

-- Answers that begin and give way together are counted once and for all, before every window and
-- reading multiplies them.
grouped as (

    select
        survey_scope,
        nps_group,
        answer_date,
        next_answer_date,
        count(*) as answers
    from sequenced
    group by survey_scope, nps_group, answer_date, next_answer_date

),

windowed as (

    select
        grouped.survey_scope,
        grouped.nps_group,
        grouped.answer_date,
        grouped.next_answer_date,
        grouped.answers,
        windows.window_days,
        {{ add_days('grouped.answer_date', 'windows.window_days') }} as leaves_window_on
    from grouped
    cross join windows

),

readings as (

    select
        survey_scope,
        window_days,
        'all_answers' as reading,
        nps_group,
        answer_date as counts_from,
        leaves_window_on as counts_until,
        answers
    from windowed

    union all

    select
        survey_scope,
        window_days,
        'latest_answer_per_person' as reading,
        nps_group,
        answer_date as counts_from,
        least(leaves_window_on, coalesce(next_answer_date, leaves_window_on)) as counts_until,
        answers
    from windowed

),

final as (

    select
        survey_scope,
        window_days,
        reading,
        nps_group,
        counts_from,
        counts_until,
        sum(answers) as answers
    from readings
    where counts_from < counts_until
    group by survey_scope, window_days, reading, nps_group, counts_from, counts_until

)

select * from final
