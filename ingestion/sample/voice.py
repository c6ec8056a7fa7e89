"""The export of the sample's survey tool: monthly CSV files in UTF-8 with a byte order mark, and reviews as Parquet.

Belongs here: the tool's columns and words. Does not belong here: what people said (`feedback`). The mapping of these
files is `mappings/voice.yml`.
"""

from __future__ import annotations

from typing import Final

from ingestion.sample.exports import Export
from ingestion.sample.feedback import PLATFORMS, QUESTIONS, SURVEYS
from ingestion.sample.outcomes import NEVER
from ingestion.sample.phrases import CHOICES, PHRASES, REPLY_TITLES
from ingestion.sample.tills import SALE_ID
from ingestion.sample.webshop import ORDER_ID

ENCODING: Final = "utf-8-sig"
_AT: Final = "'%d/%m/%Y %H:%M:%S'"
_ABOUT: Final = f"case when visit.store < 0 then {ORDER_ID} else {SALE_ID} end"
_SURVEY: Final = f"[{', '.join(repr(survey[0]) for survey in SURVEYS)}][said.survey + 1]"
_JOINS: Final = """inner join visit on said.visit = visit.pos
        inner join country on visit.country = country.no
        left join store on visit.store = store.no
        left join respondent on visit.person = respondent.person
        left join card on visit.person = card.person and visit.card = card.nth"""
# 1 (unhappy) to 3 (happy): of who comments in a survey, of a review's stars, and of its words.
COMMENT_MOOD: Final = "(case when said.nps >= 9 then 3 when said.nps >= 7 or said.nps < 0 then 2 else 1 end)"
_OUT_OF: Final = f"([{', '.join(str(scale) for _, scale in PLATFORMS)}])[review.platform + 1]"
# Who was content with the reply gives two stars of five more.
STARS: Final = f"(review.rating + case when version.edited and review.raised then 2 * {_OUT_OF} // 5 else 0 end)"
IS_TOP: Final = f"{STARS} * 5 >= 4 * {_OUT_OF}"
STARS_MOOD: Final = (
    f"(case when review.rating * 5 >= 4 * {_OUT_OF} then 3 when review.rating * 5 >= 3 * {_OUT_OF} then 2 else 1 end)"
)
REVIEW_MOOD: Final = f"(case when review.contrary then 1 else {STARS_MOOD} end)"
_ANSWERED: Final = f"said_version as version inner join said on version.record = said.pos {_JOINS}"


def _sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _number(bound: int | None) -> str:
    return "null" if bound is None else str(bound)


def words(mood: str, luck: str, part: int = 1) -> str:
    """Return the SQL of a phrase in the language of the visit's country; `mood` is 1 (unhappy) to 3 (happy).

    With `part` 0 the theme of the phrase instead of its words.
    """
    arms = []
    for country, by_mood in enumerate(PHRASES):
        lists = ", ".join(f"[{', '.join(_sql(phrase[part]) for phrase in phrases)}]" for phrases in by_mood)
        sizes = ", ".join(str(len(phrases)) for phrases in by_mood)
        arms.append(f"when {country} then ([{lists}])[{mood}][{luck} % ([{sizes}])[{mood}] + 1]")
    return f"case visit.country {' '.join(arms)} end"


def exports() -> tuple[Export, ...]:
    """Return the monthly exports of the survey tool."""
    return (_invites(), _responses(), _answers())


def _invites() -> Export:
    columns = {
        "invite": "'IN' || visit.number",
        "survey": _SURVEY,
        "to_email": "respondent.email",
        "to_card": "card.card_number",
        "reference": _ABOUT,
        "sent": f"wall(said.sent, {_AT})",
        "arrived": f"wall(case when said.bounced then {NEVER} else said.sent + 40 end, {_AT})",
        "outcome": "case when said.bounced then 'bounce' else 'ok' end",
    }
    bad = "'INX' || visit.number"
    faults = ({"invite": bad, "sent": "'n/a'"}, {"invite": "''"}, {"invite": bad, "outcome": "'lost'"})
    source = f"said {_JOINS}"
    return Export(
        "invites",
        f"{source} where said.invited and said.sent < (select finish from period)",
        "visit.number",
        columns,
        faults,
        "said.sent_month",
        "said.sent",
    )


def _responses() -> Export:
    columns = {
        "response": "'RE' || visit.number",
        "survey": _SURVEY,
        "invite": "case when said.invited then 'IN' || visit.number end",
        "email": "case when said.shows_email then respondent.email end",
        "first": "case when said.shows_email and visit.number % 3 = 0 then respondent.first_name end",
        "last": "case when said.shows_email and visit.number % 3 = 0 then respondent.last_name end",
        "reference": _ABOUT,
        "store": "store.code",
        "finished": "case when said.partial then 0 else 1 end",
        "lang": "country.language",
        "start": f"wall(said.started, {_AT})",
        "submit": f"wall(said.submitted, {_AT})",
        "changed": f"wall(version.at, {_AT})",
        "removed": f"wall(version.deleted_at, {_AT})",
    }
    bad = "'REX' || visit.number"
    faults = ({"response": bad, "submit": "'99/99/9999 00:00:00'"}, {"response": "''"})
    return Export("responses", _ANSWERED, "visit.number", columns, faults, "version.export", "version.at")


def _answers() -> Export:
    """One row per question that was shown. Who left early saw the first one only."""
    shown = ", ".join(
        f"({survey}, {_sql(code)}, {_sql(metric)}, {_number(low)}, {_number(high)})"
        for survey, code, metric, low, high, _ in QUESTIONS
    )
    first = "least(said.nps + cast(version.edited as integer), 10)"
    score = f"case asked.metric when 'nps' then case when said.nps >= 0 then {first} end when 'text' then null"
    score += " when 'choice' then null else case when said.second >= 0 then said.second end end"
    text = f"case when said.comment >= 0 then {words(COMMENT_MOOD, 'said.comment')} end"
    choice = f"[{', '.join(map(_sql, CHOICES))}][visit.number % {len(CHOICES)} + 1]"
    columns = {
        "response": "'RE' || visit.number",
        "question": "asked.code",
        "score": score,
        "from": "asked.low",
        "to": "asked.high",
        "text": f"case asked.metric when 'text' then {text} when 'choice' then {choice} end",
        "changed": f"wall(version.at, {_AT})",
    }
    source = f"""{_ANSWERED}
        inner join (values {shown}) as asked (survey, code, metric, low, high)
            on asked.survey = said.survey and (asked.code = 'Q1' or not said.partial)
            and (asked.metric <> 'text' or said.comment >= 0)"""
    # Scored questions only can lie outside of a scale; the others get a response that is missing.
    out = "case when asked.low is null then '' else 'RE' || visit.number end"
    bad = "asked.code || 'X'"
    faults = (
        {"response": out, "question": bad, "score": "coalesce(asked.high, 0) + 1", "from": "asked.low"},
        {"response": out, "question": bad, "score": "'-NA'"},
    )
    return Export("answers", source, "visit.number || asked.code", columns, faults, "version.export", "version.at")


def reviews() -> str:
    """Return the query of a chunk's reviews, typed as the platform's Parquet export has them."""
    platforms = ", ".join(_sql(name) for name, _ in PLATFORMS)
    scales = ", ".join(str(scale) for _, scale in PLATFORMS)
    return f"""
        select
            case when version.broken then 'RVX' else 'RV' end || visit.number as review_uid,
            [{platforms}][review.platform + 1] as site,
            case when review.platform <> 1 then 'P' || (100 + line.product) end as item,
            case when review.platform = 1 then store.code end as shop,
            case when review.verified then {_ABOUT} end as purchase,
            respondent.first_name || ' ' || left(respondent.last_name, 1) || '.' as shown_name,
            case when review.shows_email then respondent.email end as email,
            cast(case when version.broken then 0 else {STARS} end as smallint) as stars,
            cast([{scales}][review.platform + 1] as smallint) as out_of,
            [{", ".join(map(_sql, REPLY_TITLES))}][{STARS_MOOD}] as headline,
            {words(REVIEW_MOOD, "review.words")} as words,
            country.language as lang,
            review.verified as bought,
            make_timestamp(version.at * 1000000) as changed,
            make_timestamp(review.at * 1000000) as published,
            case when review.replied <= version.at or review.replied < (select finish from period)
                then make_timestamp(review.replied * 1000000) end as replied
        from (
            select *, false as broken from review_version
            union all
            select *, true from review_version where record % 300 = 7
        ) as version
        inner join review on version.record = review.pos
        inner join visit on review.visit = visit.pos
        inner join country on visit.country = country.no
        inner join line on line.visit = visit.pos and line.nth = 0
        left join store on visit.store = store.no
        left join respondent on visit.person = respondent.person
        order by version.at, visit.number, version.broken"""
