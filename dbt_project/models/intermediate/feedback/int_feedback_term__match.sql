with

texts as (

    select * from {{ ref('int_feedback_text__gather') }}

),

terms as (

    select * from {{ ref('feedback_term') }}

),

negators as (

    select * from {{ ref('feedback_negator') }}

),

words as (

    {{ split_words('texts', 'folded_text', ['feedback_key', 'folded_text']) }}

),

placed as (

    select
        *,
        {{ word_key('word') }} as word_key,
        lag(word, 1) over (partition by feedback_key order by word_number) as word_before,
        lag(word, 2) over (partition by feedback_key order by word_number) as second_word_before
    from words

),

folded_terms as (

    select
        *,
        split_part(term, ' ', 1) as first_word,
        term like '% %' as has_several_words,
        {{ word_key("split_part(term, ' ', 1)") }} as word_key
    from terms

),

-- Words and terms meet by their first letters, so that a long lexicon costs little.
matched as (

    select
        placed.feedback_key,
        placed.word_number,
        placed.word_before,
        placed.second_word_before,
        folded_terms.language_code,
        folded_terms.term,
        folded_terms.theme,
        folded_terms.polarity
    from placed
    inner join folded_terms
        on placed.word_key = folded_terms.word_key
    where
        case
            when folded_terms.has_several_words
                then
                    placed.word = folded_terms.first_word
                    and ' ' || placed.folded_text || ' '
                    like '% ' || folded_terms.term
                    || case when folded_terms.match_kind = 'stem' then '%' else ' %' end
            when folded_terms.match_kind = 'stem' then placed.word like folded_terms.term || '%'
            else placed.word = folded_terms.term
        end

),

-- Of terms that begin at one word the longest counts: "not as described" is not "not".
longest as (

    select
        *,
        row_number() over (
            partition by feedback_key, word_number, language_code
            order by length(term) desc, term
        ) as term_rank
    from matched

),

final as (

    select
        longest.feedback_key,
        longest.word_number,
        longest.language_code,
        longest.term,
        longest.theme,
        longest.polarity,
        near.negator is not null or second.negator is not null as is_negated,
        case
            when near.negator is not null or second.negator is not null then -longest.polarity
            else longest.polarity
        end as meant_polarity
    from longest
    left join negators as near
        on
            longest.language_code = near.language_code
            and longest.word_before = near.negator
    left join negators as second
        on
            longest.language_code = second.language_code
            and longest.second_word_before = second.negator
    where longest.term_rank = 1

)

select * from final
