-- A warning only: an old rate is still the last one that was given.
{{ config(severity='warn') }}

select
    currency_code,
    max(order_date) as newest_order_date,
    max(exchange_rate_date) as newest_rate_date
from {{ ref('fct_order') }}
where currency_code <> '{{ var("reporting_currency") }}'
group by currency_code
having {{ day_difference('max(exchange_rate_date)', 'max(order_date)') }}
    > {{ var('exchange_rate_max_age_days') }}
