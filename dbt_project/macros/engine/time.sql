{#- Instants and dates where engines differ. An instant is a timestamp in UTC without a zone; a business date is the
    calendar day of an instant in the retailer's time zone. -#}

{#- The business date of an instant. -#}
{% macro business_date(instant) -%}
    {{ return(adapter.dispatch('business_date', 'evermart')(instant)) }}
{%- endmacro %}

{% macro default__business_date(instant) -%}
    cast(timezone('{{ var("time_zone") }}', timezone('UTC', {{ instant }})) as date)
{%- endmacro %}

{% macro spark__business_date(instant) -%}
    to_date(from_utc_timestamp({{ instant }}, '{{ var("time_zone") }}'))
{%- endmacro %}


{#- The first instant of a business date, in UTC. -#}
{% macro business_day_start(date_value) -%}
    {{ return(adapter.dispatch('business_day_start', 'evermart')(date_value)) }}
{%- endmacro %}

{% macro default__business_day_start(date_value) -%}
    timezone('UTC', timezone('{{ var("time_zone") }}', cast({{ date_value }} as timestamp)))
{%- endmacro %}

{% macro spark__business_day_start(date_value) -%}
    to_utc_timestamp(cast({{ date_value }} as timestamp), '{{ var("time_zone") }}')
{%- endmacro %}


{#- Whole days from one date to a later one. -#}
{% macro day_difference(from_date, to_date) -%}
    {{ return(adapter.dispatch('day_difference', 'evermart')(from_date, to_date)) }}
{%- endmacro %}

{% macro default__day_difference(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}

{% macro spark__day_difference(from_date, to_date) -%}
    datediff({{ to_date }}, {{ from_date }})
{%- endmacro %}


{#- A date some days later. The days may be a column. -#}
{% macro add_days(date_value, days) -%}
    {{ return(adapter.dispatch('add_days', 'evermart')(date_value, days)) }}
{%- endmacro %}

{% macro default__add_days(date_value, days) -%}
    ({{ date_value }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro spark__add_days(date_value, days) -%}
    date_add({{ date_value }}, cast({{ days }} as int))
{%- endmacro %}


{#- Hours from one instant to a later one, decimal(18,2). -#}
{% macro hours_between(from_instant, to_instant) -%}
    {{ return(adapter.dispatch('hours_between', 'evermart')(from_instant, to_instant)) }}
{%- endmacro %}

{% macro default__hours_between(from_instant, to_instant) -%}
    cast(
        round((epoch({{ to_instant }}) - epoch({{ from_instant }})) / 3600.0, 2) as decimal(18, 2)
    )
{%- endmacro %}

{% macro spark__hours_between(from_instant, to_instant) -%}
    cast(
        round((cast({{ to_instant }} as double) - cast({{ from_instant }} as double)) / 3600.0, 2)
        as decimal(18, 2)
    )
{%- endmacro %}


{#- An instant some whole minutes later. The minutes may be a column. -#}
{% macro add_minutes(instant, minutes) -%}
    {{ return(adapter.dispatch('add_minutes', 'evermart')(instant, minutes)) }}
{%- endmacro %}

{% macro default__add_minutes(instant, minutes) -%}
    ({{ instant }} + cast({{ minutes }} as integer) * interval 1 minute)
{%- endmacro %}

{% macro spark__add_minutes(instant, minutes) -%}
    timestampadd(minute, cast({{ minutes }} as int), {{ instant }})
{%- endmacro %}


{#- The instant of a number of seconds in Unix time, NULL when it is no whole number. -#}
{% macro unix_instant(seconds) -%}
    {{ return(adapter.dispatch('unix_instant', 'evermart')(seconds)) }}
{%- endmacro %}

{% macro default__unix_instant(seconds) -%}
    make_timestamp(try_cast({{ seconds }} as bigint) * 1000000)
{%- endmacro %}

{% macro spark__unix_instant(seconds) -%}
    cast(timestamp_seconds(try_cast({{ seconds }} as bigint)) as timestamp_ntz)
{%- endmacro %}


{#- Day of the week, 1 (Monday) to 7 (Sunday). -#}
{% macro iso_day_of_week(date_value) -%}
    {{ return(adapter.dispatch('iso_day_of_week', 'evermart')(date_value)) }}
{%- endmacro %}

{% macro default__iso_day_of_week(date_value) -%}
    isodow({{ date_value }})
{%- endmacro %}

{% macro spark__iso_day_of_week(date_value) -%}
    (weekday({{ date_value }}) + 1)
{%- endmacro %}


{#- A query with one row per day, column `date_day`, both ends included; the ends are expressions or scalar queries. -#}
{% macro day_spine(first_date, last_date) -%}
    {{ return(adapter.dispatch('day_spine', 'evermart')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__day_spine(first_date, last_date) -%}
    select cast(days.day_start as date) as date_day
    from (
        select unnest(generate_series(
            cast({{ first_date }} as timestamp), cast({{ last_date }} as timestamp), interval 1 day
        )) as day_start
    ) as days
{%- endmacro %}

{% macro spark__day_spine(first_date, last_date) -%}
    select explode(sequence(
        cast({{ first_date }} as date), cast({{ last_date }} as date), interval 1 day
    )) as date_day
{%- endmacro %}
