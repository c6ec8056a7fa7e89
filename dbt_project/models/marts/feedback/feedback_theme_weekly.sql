with

texts as (

    select * from {{ ref('fct_feedback_text') }}

),

terms as (

    select * from {{ ref('int_feedback_term__match') }}

),

-- A theme is spoken of as a text speaks of it; where its own terms are plain words ("parcel"), as
-- the whole text speaks.
themed as (

    select
        texts.feedback_text_key,
        texts.product_key,
        texts.text_week,
        terms.theme,
        case
            when sum(abs(terms.meant_polarity)) > 0 then sum(terms.meant_polarity)
            else min(texts.polarity)
        end as polarity
    from texts
    inner join terms
        on
            texts.feedback_text_key = terms.feedback_key
            and texts.language_code = terms.language_code
    where terms.theme is not null
    group by
        texts.feedback_text_key, texts.product_key, texts.text_week, terms.theme

),

counted as (

    select
        product_key,
        text_week,
        theme,
        count(*) as texts,
        sum(case when polarity > 0 then 1 else 0 end) as positive_texts,
        sum(case when polarity < 0 then 1 else 0 end) as negative_texts,
        cast(sum(polarity) as decimal(18, 2)) as polarity
    from themed
    group by product_key, text_week, theme

),

phrase_counts as (

    select
        texts.product_key,
        texts.text_week,
        terms.theme,
        terms.term,
        count(*) as mentions
    from texts
    inner join terms
        on
            texts.feedback_text_key = terms.feedback_key
            and texts.language_code = terms.language_code
    where terms.theme is not null
    group by texts.product_key, texts.text_week, terms.theme, terms.term

),

phrases as (

    select
        product_key,
        text_week,
        theme,
        {{ ordered_list('term', ', ', 'phrase_rank') }} as phrases
    from (
        select
            *,
            row_number() over (
                partition by product_key, text_week, theme
                order by mentions desc, term asc
            ) as phrase_rank
        from phrase_counts
    ) as ranked
    where phrase_rank <= 5
    group by product_key, text_week, theme

),

final as (

    select
        coalesce(counted.product_key, 'none')
        || '|' || cast(counted.text_week as {{ dbt.type_string() }})
        || '|' || counted.theme as theme_week_key,
        counted.product_key,
        counted.text_week,
        counted.theme,
        cast(counted.texts as bigint) as texts,
        cast(counted.positive_texts as bigint) as positive_texts,
        cast(counted.negative_texts as bigint) as negative_texts,
        cast(counted.polarity / counted.texts as decimal(9, 4)) as mean_polarity,
        phrases.phrases
    from counted
    inner join phrases
        on
            counted.product_key is not distinct from phrases.product_key
            and counted.text_week = phrases.text_week
            and counted.theme = phrases.theme

)

select * from final
