with

currencies as (

    select * from {{ ref('currency') }}

),

rates as (

    select * from {{ ref('exchange_rate') }}

),

-- The euro is what the rates are quoted against, so it has one rate for all time.
towards_euro as (

    select
        currency_code,
        rate_date as valid_from,
        lead(rate_date) over (partition by currency_code order by rate_date) as valid_to,
        units_per_euro
    from rates
    where currency_code <> 'EUR'

    union all

    select
        'EUR' as currency_code,
        cast({{ beginning_of_time() }} as date) as valid_from,
        cast(null as date) as valid_to,
        cast(1 as decimal(18, 6)) as units_per_euro

),

-- The reporting currency needs no rate towards itself, nor a row in the seed.
itself as (

    select
        '{{ var("reporting_currency") }}' as currency_code,
        cast({{ beginning_of_time() }} as date) as valid_from,
        cast(null as date) as valid_to,
        cast(1 as decimal(18, 10)) as exchange_rate

),

crossed as (

    select
        given.currency_code,
        greatest(given.valid_from, reporting.valid_from) as valid_from,
        case
            when given.valid_to is null then reporting.valid_to
            when reporting.valid_to is null then given.valid_to
            else least(given.valid_to, reporting.valid_to)
        end as valid_to,
        cast(
            cast(reporting.units_per_euro as double) / cast(given.units_per_euro as double)
            as decimal(18, 10)
        ) as exchange_rate
    from towards_euro as given
    inner join towards_euro as reporting
        on
            reporting.currency_code = '{{ var("reporting_currency") }}'
            and given.valid_from < coalesce(reporting.valid_to, cast({{ end_of_time() }} as date))
            and reporting.valid_from < coalesce(given.valid_to, cast({{ end_of_time() }} as date))
    where given.currency_code <> '{{ var("reporting_currency") }}'

),

joined as (

    select * from crossed
    union all
    select * from itself

),

final as (

    select
        joined.currency_code,
        currencies.minor_units,
        joined.valid_from,
        joined.valid_to,
        joined.exchange_rate
    from joined
    inner join currencies
        on joined.currency_code = currencies.currency_code

)

select * from final
