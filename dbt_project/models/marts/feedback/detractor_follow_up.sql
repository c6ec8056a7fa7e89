with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

),

tickets as (

    select * from {{ ref('fct_support_ticket') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

sequenced as (

    select
        *,
        lead(nps_group) over (
            partition by coalesce(customer_id, customer_record_key)
            order by answered_at, answer_key
        ) as next_nps_group,
        lead(answer_date) over (
            partition by coalesce(customer_id, customer_record_key)
            order by answered_at, answer_key
        ) as next_answer_date
    from answers
    where nps_group is not null

),

-- The first case about a response is its follow-up; a second one is another matter.
ranked_tickets as (

    select
        *,
        row_number() over (
            partition by response_key
            order by opened_at, ticket_key
        ) as ticket_rank
    from tickets
    where response_key is not null and is_follow_up

),

followed as (

    select
        sequenced.*,
        responses.order_key,
        responses.store_key,
        ranked_tickets.ticket_key,
        ranked_tickets.opened_at,
        ranked_tickets.first_replied_at,
        ranked_tickets.resolved_at
    from sequenced
    inner join responses
        on sequenced.response_key = responses.response_key
    left join ranked_tickets
        on
            sequenced.response_key = ranked_tickets.response_key
            and ranked_tickets.ticket_rank = 1
    where sequenced.nps_group = 'detractor'

),

-- Hours count from the answer: the customer waits from then on, not from when somebody noticed.
timed as (

    select
        *,
        case
            when opened_at >= answered_at then {{ hours_between('answered_at', 'opened_at') }}
        end as hours_to_open,
        case
            when first_replied_at >= answered_at
                then {{ hours_between('answered_at', 'first_replied_at') }}
        end as hours_to_first_reply,
        case
            when resolved_at >= answered_at then {{ hours_between('answered_at', 'resolved_at') }}
        end as hours_to_close
    from followed

),

final as (

    select
        timed.answer_key,
        timed.response_key,
        timed.survey_key,
        timed.customer_id,
        timed.order_key,
        timed.store_key,
        timed.ticket_key,
        cast(timed.score as integer) as nps_score,
        case
            when timed.ticket_key is null then 'not_opened'
            when timed.resolved_at is not null then 'closed'
            when timed.first_replied_at is not null then 'answered'
            else 'opened'
        end as follow_up_status,
        timed.hours_to_open,
        timed.hours_to_first_reply,
        timed.hours_to_close,
        case
            when timed.hours_to_first_reply is not null
                then timed.hours_to_first_reply <= settings.response_target_hours
            when
                {{ hours_between('timed.answered_at', as_of_end()) }}
                > settings.response_target_hours
                then false
        end as is_answered_in_time,
        timed.next_nps_group,
        timed.answer_date,
        timed.next_answer_date
    from timed
    cross join settings

)

select * from final
