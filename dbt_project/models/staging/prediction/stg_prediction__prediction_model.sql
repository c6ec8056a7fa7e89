with

source as (

    select * from {{ source('prediction', 'prediction_model') }}

),

final as (

    select
        model_code,
        is_fitted,
        not_fitted_reason,
        customers,
        repeat_customers,
        r,
        alpha_weeks,
        a,
        b,
        p,
        q,
        v,
        log_likelihood,
        spend_correlation
    from source

)

select * from final
