with

staged as (

    select * from {{ ref('stg_survey__reviews') }}

),

reviews as (

    select * from {{ ref('fct_review') }}

),

-- A help desk knows a review by its number only. A number that two tools use points to neither.
final as (

    select
        staged.review_id as review_reference,
        min(reviews.review_key) as review_key
    from staged
    inner join reviews
        on
            reviews.review_key
            = {{ source_key('staged.source_system', ['staged.review_id']) }}
    group by staged.review_id
    having count(*) = 1

)

select * from final
