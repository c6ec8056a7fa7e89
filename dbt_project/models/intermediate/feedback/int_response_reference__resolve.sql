with

staged as (

    select * from {{ ref('stg_survey__responses') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}

),

-- A help desk knows a response by its number only. A number that two tools use points to neither.
final as (

    select
        staged.response_id as response_reference,
        min(responses.response_key) as response_key
    from staged
    inner join responses
        on
            responses.response_key
            = {{ source_key('staged.source_system', ['staged.response_id']) }}
    group by staged.response_id
    having count(*) = 1

)

select * from final
