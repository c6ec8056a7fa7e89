with

models as (

    select * from {{ ref('stg_prediction__prediction_model') }}

),

settings as (

    select * from {{ ref('prediction_setting') }}

),

final as (

    select
        models.model_code,
        models.not_fitted_reason,
        '{{ var("reporting_currency") }}' as reporting_currency_code,
        models.is_fitted,
        coalesce(models.model_code = settings.value_model, false) as is_value_model,
        models.customers,
        models.repeat_customers,
        {% for name in ['r', 'alpha_weeks', 'a', 'b', 'p', 'q', 'v'] %}
        cast(round(models.{{ name }}, 6) as decimal(18, 6)) as {{ name }},
        {% endfor %}
        cast(round(models.log_likelihood, 3) as decimal(18, 3)) as log_likelihood,
        cast(round(models.spend_correlation, 6) as decimal(9, 6)) as spend_correlation,
        {{ as_of_date() }} as as_of_date
    from models
    cross join settings

)

select * from final
