with

answers as (

    select * from {{ ref('int_survey_answer__classify') }}

),

customer_records as (

    select * from {{ ref('customer_record_map') }}

),

metrics as (

    select * from {{ ref('feedback_metric') }}

),

nps_groups as (

    select * from {{ ref('feedback_nps_group') }}

),

top_boxes as (

    select * from {{ ref('feedback_top_box') }}

),

given as (

    select
        *,
        scale_max - scale_min + 1 as scale_points
    from answers
    where answer_outcome = 'given'

),

graded as (

    select
        given.answer_key,
        given.response_key,
        given.survey_key,
        given.question_key,
        given.customer_record_key,
        customer_records.customer_id,
        given.source_system,
        given.metric,
        given.score,
        given.scale_min,
        given.scale_max,
        {{ scale_position('given.score', 'given.scale_min', 'given.scale_max') }}
            as score_share,
        cast(
            100 * {{ scale_position('given.score', 'given.scale_min', 'given.scale_max') }}
            as decimal(9, 4)
        ) as score_index,
        case
            when
                given.metric = 'nps'
                and given.score is not null
                and given.scale_min = metrics.default_scale_min
                and given.scale_max = metrics.default_scale_max
                then coalesce(nps_groups.nps_group, 'passive')
        end as nps_group,
        given.score > given.scale_max - top_boxes.top_boxes as is_top_box,
        given.has_text,
        given.answered_at,
        given.answer_date
    from given
    left join customer_records
        on given.customer_record_key = customer_records.customer_record_key
    left join metrics
        on given.metric = metrics.metric
    left join nps_groups
        on
            given.metric = 'nps'
            and given.score between nps_groups.min_score and nps_groups.max_score
    left join top_boxes
        on
            given.metric = top_boxes.metric
            and given.scale_points = top_boxes.scale_points

),

-- Who cannot be resolved is one person per record; who has no record at all, one per response.
final as (

    select
        *,
        case
            when nps_group is not null
                then
                    row_number() over (
                        partition by
                            nps_group is not null,
                            coalesce(customer_id, customer_record_key, response_key)
                        order by answered_at desc, answer_key desc
                    ) = 1
        end as is_latest_nps
    from graded

)

select * from final
