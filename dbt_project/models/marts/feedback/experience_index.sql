with

measured as (

    select * from {{ ref('int_experience_part__measure') }}

),

parts as (

    select * from {{ ref('experience_index_part') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

total as (

    select sum(weight) as total_weight
    from parts

),

weighed as (

    select
        measured.business_week,
        measured.channel,
        {%- for part in ['nps', 'csat', 'ces', 'review', 'delivery', 'support'] %}
        max(case when measured.part = '{{ part }}' then measured.points end) as {{ part }}_points,
        {%- endfor %}
        cast(sum(case when measured.points is not null then parts.weight else 0 end) as double)
            as known_weight,
        cast(sum(coalesce(measured.points * parts.weight, 0)) as double) as weighted_points,
        sum(measured.n) as n
    from measured
    inner join parts
        on measured.part = parts.part
    group by measured.business_week, measured.channel

),

final as (

    select
        weighed.business_week,
        weighed.channel,
        case
            when
                weighed.known_weight
                >= settings.experience_min_weight_share * total.total_weight
                then
                    cast(
                        round(weighed.weighted_points / weighed.known_weight, 4)
                        as decimal(9, 4)
                    )
        end as experience_index,
        weighed.nps_points,
        weighed.csat_points,
        weighed.ces_points,
        weighed.review_points,
        weighed.delivery_points,
        weighed.support_points,
        cast(weighed.n as bigint) as n,
        {{ share('weighed.known_weight', 'total.total_weight') }} as known_weight_share,
        weighed.known_weight
        >= settings.experience_min_weight_share * total.total_weight as is_reliable
    from weighed
    cross join settings
    cross join total

)

select * from final
