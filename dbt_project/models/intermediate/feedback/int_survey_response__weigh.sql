with

invites as (

    select * from {{ ref('int_survey_invite__unify') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

-- What is known of everybody who was asked, whether they answered or not.
asked as (

    select
        invites.invite_key,
        invites.survey_key,
        invites.is_responded,
        cast(date_trunc('quarter', invites.sent_date) as date) as sent_quarter,
        coalesce(orders.channel, '')
        || '|' || coalesce(orders.country_code, '')
        || '|' || case
            when orders.order_sequence is null then ''
            when orders.order_sequence = 1 then 'first'
            else 'repeat'
        end as buyer_class
    from invites
    left join orders
        on invites.order_key = orders.order_key
    where invites.is_delivered

),

classes as (

    select
        survey_key,
        sent_quarter,
        buyer_class,
        sum(case when is_responded then 1 else 0 end) as responded
    from asked
    group by survey_key, sent_quarter, buyer_class

),

-- Classes with too few answers are weighed as one: a single answer must not stand for a crowd.
classed as (

    select
        asked.invite_key,
        asked.survey_key,
        asked.sent_quarter,
        asked.is_responded,
        case
            when classes.responded >= settings.weight_class_min_n then asked.buyer_class
            else 'rest'
        end as weight_class
    from asked
    inner join classes
        on
            asked.survey_key = classes.survey_key
            and asked.sent_quarter = classes.sent_quarter
            and asked.buyer_class = classes.buyer_class
    cross join settings

),

class_counts as (

    select
        survey_key,
        sent_quarter,
        weight_class,
        count(*) as delivered,
        sum(case when is_responded then 1 else 0 end) as responded
    from classed
    group by survey_key, sent_quarter, weight_class

),

wave_counts as (

    select
        survey_key,
        sent_quarter,
        sum(delivered) as delivered,
        sum(responded) as responded
    from class_counts
    group by survey_key, sent_quarter

),

-- Relative to the whole wave, so that a wave that is still being answered is not blown up.
weights as (

    select
        class_counts.survey_key,
        class_counts.sent_quarter,
        class_counts.weight_class,
        cast(
            round(
                cast(class_counts.delivered as double) / class_counts.responded
                / (cast(wave_counts.delivered as double) / wave_counts.responded),
                6
            ) as decimal(12, 6)
        ) as response_weight
    from class_counts
    inner join wave_counts
        on
            class_counts.survey_key = wave_counts.survey_key
            and class_counts.sent_quarter = wave_counts.sent_quarter
    where class_counts.responded > 0

),

final as (

    select
        responses.response_key,
        classed.weight_class,
        weights.response_weight
    from responses
    inner join classed
        on responses.invite_key = classed.invite_key
    inner join weights
        on
            classed.survey_key = weights.survey_key
            and classed.sent_quarter = weights.sent_quarter
            and classed.weight_class = weights.weight_class

)

select * from final
