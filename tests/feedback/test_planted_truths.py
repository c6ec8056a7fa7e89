"""What the sample retailer has planted in its feedback comes out of a whole night: contradictions, words, drift."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from ingestion.sample.feedback import DRIFTING_DAYS, DRIFTING_STORE
from tests.conftest import Night


def truth(night: Night, name: str) -> Path:
    return night.shop.folder / "data" / "sample" / "truth" / f"{name}.parquet"


def test_every_planted_contradiction_is_found_and_no_other(first_night: Night) -> None:
    with first_night.shop.published() as snapshot:
        rows = snapshot.execute(f"select order_key, reason from '{truth(first_night, 'contradictions')}'").fetchall()
        found = snapshot.execute(
            "select order_key, unnest(string_split(contradictions, ', ')) from feedback.order_feedback"
            " where contradictions is not null"
        ).fetchall()
    assert rows
    assert Counter(found) == Counter(set(rows))


def test_every_contradiction_that_is_named_is_one_of_the_seed(first_night: Night) -> None:
    with first_night.shop.warehouse() as warehouse:
        unknown = warehouse.execute("""
            select unnest(string_split(contradictions, ', ')) as contradiction from feedback.order_feedback
            where contradictions is not null
            union
            select contradiction from feedback.customer_feedback where contradiction is not null
            except
            select contradiction from rules.feedback_contradiction""").fetchall()
    assert unknown == []


def test_a_ticket_is_of_the_person_who_asked(first_night: Night) -> None:
    """By address, account, number or name, with or without an order; a customer is the person of its other records."""
    with first_night.shop.published() as snapshot:
        rows = snapshot.execute(f"""
            with people as (
                select
                    md5(source_system || '|' || record_type || '|' || source_id) as customer_record_key, record_type,
                    person_id
                from '{truth(first_night, "customer_records")}' where person_id is not null
            ),
            customers as (
                select maps.customer_id, mode(people.person_id order by people.person_id) as person_id
                from customer.customer_record_map as maps
                inner join people using (customer_record_key)
                where maps.record_type <> 'support_requester'
                group by maps.customer_id
            )
            select tickets.order_key is not null, people.person_id, customers.person_id
            from feedback.fct_support_ticket as tickets
            inner join people using (customer_record_key)
            left join customers on tickets.customer_id = customers.customer_id""").fetchall()
    assert {names_order for names_order, *_ in rows} == {True, False}
    told = [(asked, found) for _, asked, found in rows if found is not None]
    assert sum(asked == found for asked, found in told) >= 0.98 * len(told)
    assert len(told) >= 0.95 * len(rows)


@pytest.fixture
def read(first_night: Night) -> list[tuple[str, str, str, str, str, int]]:
    """Every text with its true and its detected language and sentiment, and whether its true theme was found."""
    with first_night.shop.warehouse() as warehouse:
        return warehouse.execute(f"""
            with truth as (
                select *, case source when 'ticket' then 'care:' else 'voice:' end || id as text_key
                from '{truth(first_night, "words")}'
            )
            select
                truth.language_code, texts.language_code, truth.sentiment, texts.sentiment, truth.theme,
                (
                    select count(*) from intermediate.int_feedback_term__match as terms
                    where terms.feedback_key = texts.feedback_text_key
                        and terms.language_code = texts.language_code and terms.theme = truth.theme
                )
            from truth
            left join feedback.fct_feedback_text as texts
                on texts.feedback_kind = truth.source
                and (
                    texts.feedback_text_key = truth.text_key
                    or (truth.source = 'survey' and starts_with(texts.feedback_text_key, truth.text_key || ':'))
                )""").fetchall()


def test_texts_are_read_in_their_language_with_their_mood_and_theme(
    read: list[tuple[str, str, str, str, str, int]],
) -> None:
    assert {row[0] for row in read} == {"el", "en", "hu", "ro", "sv"}
    right = {
        "language": [row[1] == row[0] for row in read],
        "sentiment": [row[3] == row[2] for row in read],
        "theme": [bool(row[5]) for row in read if row[4]],
    }
    shares = {name: sum(values) / len(values) for name, values in right.items()}
    assert shares["language"] > 0.97, shares
    assert shares["sentiment"] > 0.9, shares
    assert shares["theme"] > 0.85, shares


def test_words_of_people_are_not_published(first_night: Night) -> None:
    """Phrases are the lexicon's own, whatever people wrote."""
    with first_night.shop.warehouse() as warehouse:
        strange = warehouse.execute("""
            select distinct unnest(string_split(phrases, ', ')) from feedback.fct_feedback_text
            except select term from rules.feedback_term""").fetchall()
    assert [phrase for (phrase,) in strange if phrase] == []


def test_the_drifting_store_is_less_content_since_its_day(first_night: Night) -> None:
    """At this scale a store has too few answers for the mart to say so; the answers themselves show it."""
    with first_night.shop.published() as snapshot:
        ((late, late_n, early, early_n),) = snapshot.execute(f"""
            with said as (
                select score, answer_date > (
                    select max(as_of_date) from feedback.nps_drift
                ) - {DRIFTING_DAYS - 10} as late
                from feedback.fct_survey_answer
                inner join feedback.fct_survey_response using (response_key)
                where metric = 'nps' and store_key = 'tills:S{DRIFTING_STORE + 1:02}' and score is not null
            )
            select avg(score) filter (where late), count(*) filter (where late),
                avg(score) filter (where not late), count(*) filter (where not late)
            from said""").fetchall()
    assert min(late_n, early_n) > 0
    assert late < early - 0.5


def test_every_figure_between_its_bounds(first_night: Night) -> None:
    bounds = {
        "feedback.nps_daily": "nps not between -100 and 100 or nps_weighted not between -100 and 100"
        " or nps_low > nps or nps_high < nps",
        "feedback.satisfaction_daily": "top_box_share not between 0 and 1 or mean_index not between 0 and 100",
        "feedback.experience_index": "experience_index not between 0 and 10",
        "feedback.delivery_weekly": "kept_share not between kept_share_low and kept_share_high or told_share > 1",
        "feedback.anxiety_alert_quality": "alert_precision not between alert_precision_low and alert_precision_high",
    }
    with first_night.shop.published() as snapshot:
        assert {name: _count(snapshot, name, broken) for name, broken in bounds.items()} == dict.fromkeys(bounds, 0)


def _count(snapshot: duckdb.DuckDBPyConnection, name: str, broken: str) -> int:
    ((count,),) = snapshot.execute(f"select count(*) from {name} where {broken}").fetchall()
    return int(count)
