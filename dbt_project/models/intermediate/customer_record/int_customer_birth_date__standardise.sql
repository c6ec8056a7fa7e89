with

records as (

    select * from {{ ref('int_customer_record__unify') }}
    where birth_date is not null or {{ is_given('birth_date_text') }} or birth_year is not null

),

countries as (

    select * from {{ ref('identity_country') }}

),

months as (

    select * from {{ ref('identity_month_name') }}

),

placeholders as (

    select
        value,
        reason
    from {{ ref('identity_placeholder') }}
    where placeholder_kind = 'birth_date'

),

settings as (

    select * from {{ ref('identity_setting') }}

),

-- A text without its time of day, as words of figures, and its letters as one word.
written as (

    select
        records.customer_record_key,
        records.birth_date as given_date,
        records.birth_year as given_year,
        records.birth_date_text as given_text,
        countries.date_order,
        case
            when records.birth_date is null and {{ is_given('records.birth_date_text') }}
                then trim({{ replace_pattern(
                    replace_pattern('records.birth_date_text', '[T ][0-9]+:[0-9].*$', ''),
                    '[^0-9]+', ' '
                ) }})
        end as figures,
        case
            when
                records.birth_date is null
                and upper(records.birth_date_text) <> lower(records.birth_date_text)
                then {{ keep_characters(
                    fold_name('records.birth_date_text'), 'abcdefghijklmnopqrstuvwxyz'
                ) }}
        end as letters
    from records
    left join countries
        on upper(trim(records.country_code)) = countries.country_code

),

grouped as (

    select
        written.*,
        months.month_number,
        split_part(written.figures, ' ', 1) as figure_1,
        split_part(written.figures, ' ', 2) as figure_2,
        split_part(written.figures, ' ', 3) as figure_3,
        cast(extract(year from {{ as_of_date() }}) as integer) as as_of_year
    from written
    left join months
        on written.letters = months.month_name

),

-- Which figure is what. A year of four figures says where it is; else, and for the order of day
-- and month, the custom of the country does.
{%- set compact = "month_number is null and figure_2 = ''" %}
{%- set year_first = "length(figure_1) = 4" %}
{%- set year_last = "length(figure_3) = 4" %}

placed as (

    select
        *,
        case
            when month_number is not null and {{ year_first }} then figure_1
            when month_number is not null and length(figure_2) = 4 then figure_2
            when month_number is not null and date_order = 'ymd' then figure_1
            when month_number is not null then figure_2
            when {{ compact }} and length(figure_1) = 4 then figure_1
            when
                {{ compact }} and length(figure_1) = 8
                and substring(figure_1, 1, 2) in ('18', '19', '20')
                then substring(figure_1, 1, 4)
            when {{ compact }} and length(figure_1) = 8 then substring(figure_1, 5, 4)
            when {{ compact }} and length(figure_1) = 6 and date_order = 'ymd'
                then substring(figure_1, 1, 2)
            when {{ compact }} and length(figure_1) = 6 then substring(figure_1, 5, 2)
            when {{ compact }} then ''
            when {{ year_first }} then figure_1
            when {{ year_last }} then figure_3
            when date_order = 'ymd' then figure_1
            else figure_3
        end as year_figure,
        case
            when month_number is not null then cast(month_number as string)
            when
                {{ compact }} and length(figure_1) = 8
                and substring(figure_1, 1, 2) in ('18', '19', '20')
                then substring(figure_1, 5, 2)
            when {{ compact }} and length(figure_1) in (6, 8) and date_order = 'mdy'
                then substring(figure_1, 1, 2)
            when {{ compact }} and length(figure_1) in (6, 8) then substring(figure_1, 3, 2)
            when {{ compact }} then ''
            when {{ year_first }} then figure_2
            when date_order = 'mdy' then figure_1
            else figure_2
        end as month_figure,
        case
            when month_number is not null and {{ year_first }} then figure_2
            when month_number is not null and length(figure_2) = 4 then figure_1
            when month_number is not null and date_order = 'ymd' then figure_2
            when month_number is not null then figure_1
            when
                {{ compact }} and length(figure_1) = 8
                and substring(figure_1, 1, 2) in ('18', '19', '20')
                then substring(figure_1, 7, 2)
            when {{ compact }} and length(figure_1) = 6 and date_order = 'ymd'
                then substring(figure_1, 5, 2)
            when {{ compact }} and length(figure_1) in (6, 8) and date_order = 'mdy'
                then substring(figure_1, 3, 2)
            when {{ compact }} and length(figure_1) in (6, 8) then substring(figure_1, 1, 2)
            when {{ compact }} then ''
            when {{ year_first }} then figure_3
            when date_order = 'mdy' then figure_2
            when date_order = 'ymd' and not {{ year_last }} then figure_3
            else figure_1
        end as day_figure,
        month_number is null and figure_2 <> '' and not {{ year_first }} and date_order is null
            as is_order_unknown
    from grouped

),

numbered as (

    select
        placed.*,
        try_cast(placed.month_figure as integer) as month_value,
        try_cast(placed.day_figure as integer) as day_value,
        -- A year of two figures is the newest one in which a customer can have been born.
        case
            when length(placed.year_figure) = 4 then try_cast(placed.year_figure as integer)
            when
                length(placed.year_figure) = 2
                and 2000 + try_cast(placed.year_figure as integer)
                <= placed.as_of_year - settings.min_age_years
                then 2000 + try_cast(placed.year_figure as integer)
            when length(placed.year_figure) = 2
                then 1900 + try_cast(placed.year_figure as integer)
        end as year_value,
        settings.min_age_years,
        settings.max_age_years
    from placed
    cross join settings

),

-- A month above 12 is the day, and the other way round.
turned as (

    select
        *,
        case when month_value > 12 and day_value <= 12 then day_value else month_value end
            as month_turned,
        case when month_value > 12 and day_value <= 12 then month_value else day_value end
            as day_turned
    from numbered

),

dated as (

    select
        *,
        coalesce(
            given_date,
            try_cast(
                lpad(cast(year_value as string), 4, '0')
                || '-' || lpad(cast(month_turned as string), 2, '0')
                || '-' || lpad(cast(day_turned as string), 2, '0') as date
            )
        ) as read_date,
        is_order_unknown
        and month_turned <= 12 and day_turned <= 12
        and month_turned <> day_turned as is_ambiguous
    from turned

),

judged as (

    select
        dated.*,
        cast(coalesce(
            extract(year from dated.given_date), dated.year_value, dated.given_year
        ) as integer) as year_born,
        blocked.value is null as is_no_placeholder,
        case
            when dated.given_date is null and not {{ is_given('dated.given_text') }}
                then cast(null as string)
            when blocked.value is not null then 'placeholder: ' || blocked.reason
            when
                dated.given_date is null
                and dated.figures <> ''
                and dated.figures = dated.year_figure
                then cast(null as string)
            when dated.read_date is null then 'no day of the calendar'
            when dated.is_ambiguous then 'day and month cannot be told apart'
            when
                dated.as_of_year - extract(year from dated.read_date)
                not between dated.min_age_years and dated.max_age_years
                then 'not the age of a customer'
            when
                extract(month from dated.read_date) = 1
                and extract(day from dated.read_date) = 1
                then 'only the year is sure: forms fill in 1 January'
        end as dropped_reason
    from dated
    left join placeholders as blocked
        on cast(dated.read_date as string) = blocked.value

),

final as (

    select
        customer_record_key,
        coalesce(
            cast(given_date as string), nullif(trim(given_text), ''), cast(given_year as string)
        ) as raw_value,
        case when dropped_reason is null then read_date end as birth_date,
        case
            when
                is_no_placeholder
                and as_of_year - year_born between min_age_years and max_age_years
                then year_born
        end as birth_year,
        dropped_reason
    from judged

)

select * from final
