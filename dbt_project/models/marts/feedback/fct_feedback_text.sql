with

texts as (

    select * from {{ ref('int_feedback_text__gather') }}

),

languages as (

    select * from {{ ref('int_feedback_language__detect') }}

),

terms as (

    select * from {{ ref('int_feedback_term__match') }}

),

-- Only the lexicon of the text's own language speaks.
spoken as (

    select
        terms.feedback_key,
        count(*) as terms,
        sum(terms.meant_polarity) as polarity,
        {{ ordered_list('terms.term', ', ', 'terms.word_number') }} as phrases
    from terms
    inner join languages
        on
            terms.feedback_key = languages.feedback_key
            and terms.language_code = languages.language_code
    group by terms.feedback_key

),

final as (

    select
        texts.feedback_key as feedback_text_key,
        texts.feedback_kind,
        texts.customer_id,
        texts.order_key,
        texts.store_key,
        texts.product_key,
        texts.stated_language_code,
        languages.language_code,
        languages.language_basis,
        cast(coalesce(spoken.terms, 0) as bigint) as terms,
        spoken.phrases,
        cast(spoken.polarity as decimal(9, 2)) as polarity,
        case
            when spoken.terms is null then 'unknown'
            when spoken.polarity > 0 then 'positive'
            when spoken.polarity < 0 then 'negative'
            else 'neutral'
        end as sentiment,
        texts.text_date,
        cast(date_trunc('week', texts.text_date) as date) as text_week
    from texts
    inner join languages
        on texts.feedback_key = languages.feedback_key
    left join spoken
        on texts.feedback_key = spoken.feedback_key

)

select * from final
