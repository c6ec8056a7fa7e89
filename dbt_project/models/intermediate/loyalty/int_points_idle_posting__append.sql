{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    pre_hook="{{ forget_nights(this) }}",
) }}

-- What each night knew of the order lines that earn no points. A line that begins to earn can then
-- say why: its file came late, it is another customer's, or its amounts or its rules are others.
with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

earnings as (

    select * from {{ ref('int_points_earn__calculate') }}

),

idle as (

    select
        order_lines.order_line_key,
        order_lines.order_key,
        order_lines.customer_id as posted_customer_id,
        order_lines.is_valid_order,
        earnings.base_amount_reporting
    from order_lines
    left join earnings on order_lines.order_line_key = earnings.order_line_key
    where
        earnings.points is null
        or earnings.points = 0

),

{% if is_incremental() -%}
newest as (

    select
        *,
        row_number() over (partition by order_line_key order by posted_date desc) as recency
    from {{ this }}
    where posted_date < {{ as_of_date() }}

),

news as (

    select idle.*
    from idle
    left join newest
        on
            idle.order_line_key = newest.order_line_key
            and newest.recency = 1
    where
        newest.order_line_key is null
        or newest.is_valid_order <> idle.is_valid_order
        or newest.posted_customer_id is distinct from idle.posted_customer_id
        or newest.base_amount_reporting is distinct from idle.base_amount_reporting

),
{%- else -%}
news as (

    select * from idle

),
{%- endif %}

final as (

    select
        order_line_key,
        order_key,
        posted_customer_id,
        is_valid_order,
        base_amount_reporting,
        {{ as_of_date() }} as posted_date
    from news

)

select * from final
