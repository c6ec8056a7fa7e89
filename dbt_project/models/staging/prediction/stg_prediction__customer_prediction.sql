with

source as (

    select * from {{ source('prediction', 'customer_prediction') }}

),

-- To six places: beyond them a fit means nothing, and machines differ.
final as (

    select
        customer_id,
        cast(round(alive_probability_bg_nbd, 6) as decimal(9, 6)) as alive_probability_bg_nbd,
        cast(round(alive_probability_mbg_nbd, 6) as decimal(9, 6)) as alive_probability_mbg_nbd,
        cast(round(expected_purchases_bg_nbd, 6) as decimal(18, 6)) as expected_purchases_bg_nbd,
        cast(round(expected_purchases_mbg_nbd, 6) as decimal(18, 6))
            as expected_purchases_mbg_nbd,
        cast(round(expected_spend, 4) as decimal(18, 4)) as expected_spend_reporting
    from source

)

select * from final
