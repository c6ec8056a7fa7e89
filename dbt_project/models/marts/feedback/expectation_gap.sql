with

products as (

    select * from {{ ref('dim_product') }}

),

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

refunds as (

    select * from {{ ref('int_refund_line__convert') }}

),

texts as (

    select * from {{ ref('fct_feedback_text') }}

),

terms as (

    select * from {{ ref('int_feedback_term__match') }}

),

themes as (

    select * from {{ ref('feedback_theme') }}

),

reasons as (

    select * from {{ ref('feedback_gap_reason') }}

),

settings as (

    select * from {{ ref('feedback_setting') }}

),

sold as (

    select
        product_key,
        count(distinct order_key) as orders
    from order_lines
    where
        is_valid_order
        and not is_gift_card
        and product_key is not null
        and order_date
        > {{ add_days(as_of_date(), '-(select headline_window_days from settings)') }}
    group by product_key

),

-- A return, a review and a ticket about one order are one disappointed buyer, counted once.
gap_texts as (

    select distinct
        texts.feedback_text_key,
        texts.feedback_kind,
        texts.product_key,
        texts.order_key,
        texts.text_date
    from texts
    inner join terms
        on
            texts.feedback_text_key = terms.feedback_key
            and texts.language_code = terms.language_code
    inner join themes
        on
            terms.theme = themes.theme
            and themes.is_expectation_gap
    where terms.meant_polarity < 0

),

gaps as (

    select
        'return' as gap_source,
        refunds.product_key,
        refunds.order_key,
        refunds.refund_line_key as gap_key,
        refunds.refund_date as gap_date
    from refunds
    inner join reasons
        on lower(trim(refunds.reason)) = reasons.reason

    union all

    select
        feedback_kind as gap_source,
        product_key,
        order_key,
        feedback_text_key as gap_key,
        text_date as gap_date
    from gap_texts

),

counted as (

    select
        gaps.product_key,
        count(distinct coalesce(gaps.order_key, gaps.gap_key)) as gap_orders,
        sum(case when gaps.gap_source = 'return' then 1 else 0 end) as gap_returns,
        sum(case when gaps.gap_source = 'review' then 1 else 0 end) as gap_reviews,
        sum(case when gaps.gap_source = 'ticket' then 1 else 0 end) as gap_tickets,
        sum(case when gaps.gap_source = 'survey' then 1 else 0 end) as gap_survey_texts,
        min(gaps.gap_date) as first_gap_date,
        max(gaps.gap_date) as last_gap_date
    from gaps
    cross join settings
    where
        gaps.product_key is not null
        and gaps.gap_date
        > {{ add_days(as_of_date(), '-settings.headline_window_days') }}
    group by gaps.product_key

),

final as (

    select
        products.product_key,
        products.category,
        cast(coalesce(sold.orders, 0) as bigint) as orders,
        cast(counted.gap_orders as bigint) as gap_orders,
        cast(counted.gap_returns as bigint) as gap_returns,
        cast(counted.gap_reviews as bigint) as gap_reviews,
        cast(counted.gap_tickets as bigint) as gap_tickets,
        cast(counted.gap_survey_texts as bigint) as gap_survey_texts,
        case
            when sold.orders >= counted.gap_orders
                then {{ share('counted.gap_orders', 'sold.orders') }}
        end as gap_share,
        counted.first_gap_date,
        counted.last_gap_date
    from counted
    inner join products
        on counted.product_key = products.product_key
    left join sold
        on counted.product_key = sold.product_key

)

select * from final
