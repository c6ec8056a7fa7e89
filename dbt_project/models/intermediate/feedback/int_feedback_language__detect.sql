with

texts as (

    select * from {{ ref('int_feedback_text__gather') }}

),

terms as (

    select * from {{ ref('int_feedback_term__match') }}

),

markers as (

    select * from {{ ref('feedback_language_marker') }}

),

words as (

    {{ split_words('texts', 'folded_text', ['feedback_key']) }}

),

-- Letters that no other language of the lexicon has; common words; terms of the lexicon.
evidence as (

    select
        texts.feedback_key,
        markers.language_code,
        markers.weight
    from texts
    inner join markers
        on
            markers.marker_kind = 'letter'
            and texts.lower_text like '%' || markers.marker || '%'

    union all

    select
        words.feedback_key,
        markers.language_code,
        markers.weight
    from words
    inner join markers
        on
            markers.marker_kind = 'word'
            and words.word = markers.marker

    union all

    select
        feedback_key,
        language_code,
        1 as weight
    from terms

    union all

    -- Nobody else writes Greek letters.
    select
        feedback_key,
        'el' as language_code,
        10 as weight
    from texts
    where regexp_extract(folded_text, '[α-ω]{3}', 0) <> ''

),

scored as (

    select
        evidence.feedback_key,
        evidence.language_code,
        cast(sum(evidence.weight) as decimal(18, 2)) as score
    from evidence
    group by evidence.feedback_key, evidence.language_code

),

-- A tie goes to the language that the tool states.
ranked as (

    select
        scored.*,
        row_number() over (
            partition by scored.feedback_key
            order by
                scored.score desc,
                case when scored.language_code = texts.stated_language_code then 0 else 1 end asc,
                scored.language_code asc
        ) as language_rank,
        sum(scored.score) over (partition by scored.feedback_key) as total_score,
        lead(scored.score) over (
            partition by scored.feedback_key
            order by
                scored.score desc,
                case when scored.language_code = texts.stated_language_code then 0 else 1 end asc,
                scored.language_code asc
        ) as next_score
    from scored
    inner join texts
        on scored.feedback_key = texts.feedback_key

),

final as (

    select
        texts.feedback_key,
        texts.stated_language_code,
        ranked.language_code as detected_language_code,
        coalesce(ranked.language_code, texts.stated_language_code) as language_code,
        case
            when ranked.language_code is null and texts.stated_language_code is not null
                then 'stated'
            when ranked.language_code is null then 'unknown'
            when ranked.score = ranked.next_score then 'tie'
            else 'detected'
        end as language_basis,
        {{ share('ranked.score', 'ranked.total_score') }} as language_share
    from texts
    left join ranked
        on
            texts.feedback_key = ranked.feedback_key
            and ranked.language_rank = 1

)

select * from final
