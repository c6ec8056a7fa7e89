with

reviews as (

    select * from {{ ref('int_review__classify') }}

),

customer_records as (

    select * from {{ ref('customer_record_map') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

stores as (

    select * from {{ ref('dim_store') }}

),

settings as (

    select * from {{ ref('experience_setting') }}

),

top_boxes as (

    select * from {{ ref('feedback_top_box') }}

),

given as (

    select
        *,
        scale_max - scale_min + 1 as scale_points
    from reviews
    where reject_reason is null

),

final as (

    select
        given.review_key,
        given.customer_record_key,
        customer_records.customer_id,
        given.order_key,
        given.product_key,
        given.store_key,
        coalesce(orders.store_key, given.store_key) as place_store_key,
        given.source_system,
        coalesce(orders.channel, case when given.store_key is not null then 'store' end)
            as channel,
        coalesce(orders.country_code, stores.country_code) as country_code,
        given.platform,
        given.language_code,
        given.rating,
        given.scale_min,
        given.scale_max,
        {{ scale_position('given.rating', 'given.scale_min', 'given.scale_max') }}
            as rating_share,
        cast(
            100 * {{ scale_position('given.rating', 'given.scale_min', 'given.scale_max') }}
            as decimal(9, 4)
        ) as rating_index,
        given.rating > given.scale_max - top_boxes.top_boxes as is_top_box,
        cast(
            100 * {{ scale_position('given.rating', 'given.scale_min', 'given.scale_max') }}
            as decimal(9, 4)
        ) <= settings.negative_rating_index as is_negative,
        given.is_verified_purchase,
        given.replied_at is not null as is_replied,
        case
            when given.replied_at >= given.published_at
                then {{ hours_between('given.published_at', 'given.replied_at') }}
        end as hours_to_reply,
        given.published_at,
        given.published_date,
        given.replied_at
    from given
    cross join settings
    left join customer_records
        on given.customer_record_key = customer_records.customer_record_key
    left join orders
        on given.order_key = orders.order_key
    left join stores
        on coalesce(orders.store_key, given.store_key) = stores.store_key
    left join top_boxes
        on
            top_boxes.metric = 'review'
            and given.scale_points = top_boxes.scale_points

)

select * from final
