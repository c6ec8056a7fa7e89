-- The daily series is made of running sums; this counts the answers of the last day one by one.
with

answers as (

    select
        *,
        coalesce(customer_id, customer_record_key, response_key) as person_key
    from {{ ref('fct_survey_answer') }}
    where nps_group is not null

),

in_window as (

    select
        windows.window_days,
        answers.nps_group,
        row_number() over (
            partition by windows.window_days, answers.person_key
            order by answers.answered_at desc, answers.answer_key desc
        ) as recency_rank
    from answers
    inner join {{ ref('feedback_window') }} as windows
        on
            {{ day_difference('answers.answer_date', as_of_date()) }} < windows.window_days

),

direct as (

    select
        window_days,
        'all_answers' as reading,
        count(*) as n,
        sum(case when nps_group = 'promoter' then 1 else 0 end) as promoters,
        sum(case when nps_group = 'detractor' then 1 else 0 end) as detractors
    from in_window
    group by window_days

    union all

    select
        window_days,
        'latest_answer_per_person' as reading,
        count(*) as n,
        sum(case when nps_group = 'promoter' then 1 else 0 end) as promoters,
        sum(case when nps_group = 'detractor' then 1 else 0 end) as detractors
    from in_window
    where recency_rank = 1
    group by window_days

),

published as (

    select
        window_days,
        reading,
        n,
        promoters,
        detractors
    from {{ ref('nps_daily') }}
    where
        dimension = 'all'
        and business_date = {{ as_of_date() }}
        and n > 0

)

select
    coalesce(direct.window_days, published.window_days) as window_days,
    coalesce(direct.reading, published.reading) as reading,
    direct.n as counted_n,
    published.n as published_n,
    direct.promoters as counted_promoters,
    published.promoters as published_promoters,
    direct.detractors as counted_detractors,
    published.detractors as published_detractors
from direct
full outer join published
    on
        direct.window_days = published.window_days
        and direct.reading = published.reading
where
    direct.n is null
    or published.n is null
    or direct.n <> published.n
    or direct.promoters <> published.promoters
    or direct.detractors <> published.detractors
