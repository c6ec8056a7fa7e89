"""Landing a LimeSurvey: complete, under fire, and what was deleted is found, but what was put away is not deleted."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.check import check_systems
from ingestion.connectors.limesurvey.reader import _unwrapped
from ingestion.connectors.records import Defect, Shapes
from ingestion.connectors.registry import VENDOR_TABLES
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from ingestion.settings import SettingsError
from tests.connectors.conftest import Retailer
from tests.connectors.faults import LASTING, PASSING, assert_ended, assert_put_aside, assert_survived, quick_first
from tests.connectors.limesurvey import PASSWORD, LimeSurvey
from tests.connectors.server import status
from tests.connectors.test_property import NIGHTS, OPTIONS, Nights, live
from tests.shop import SHARED

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SAMPLES = SHARED / "samples" / "limesurvey"
SURVEY, OTHER = 541147, 971185


def latest(retailer: Retailer) -> dict[str, dict[str, Any]]:
    """What the lake holds, without what the reader adds."""
    added = ("_key", "_sid", "_zone")
    return {
        table: {k: {n: v for n, v in record.items() if n not in added} for k, record in records.items()}
        for table, records in retailer.latest("lime").items()
    }


def assert_equal(retailer: Retailer, lime: LimeSurvey) -> None:
    assert latest(retailer) == lime.truth()


def test_changes_and_deletions_arrive_and_nothing_twice(
    retailer: Retailer, lime: LimeSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.limesurvey.reader.RESPONSES", 4)
    monkeypatch.setattr("ingestion.connectors.limesurvey.reader.PARTICIPANTS", 3)
    for n in range(11):
        lime.respond(SURVEY, at=NOW - dt.timedelta(days=9 * n))
        lime.invite(OTHER, NOW)
    half = lime.respond(OTHER, submitdate="")
    retailer.land("lime")
    assert_equal(retailer, lime)
    assert all(entity.rows_landed == 0 for entity in retailer.land("lime").entities.values())

    half["submitdate"] = half["datestamp"]
    for row in list(lime.responses[SURVEY])[2:9]:  # a gap wider than a range of ids
        del lime.responses[SURVEY][row]
    lime.participants[OTHER].popitem()
    lime.questions[SURVEY][0]["question"] = "Would you recommend us?"
    retailer.land("lime")
    assert_equal(retailer, lime)
    assert retailer.findings("lime") == []


def test_a_survey_that_is_switched_off_keeps_its_responses_and_one_that_is_deleted_loses_them(
    retailer: Retailer, lime: LimeSurvey
) -> None:
    lime.respond(SURVEY)
    lime.respond(OTHER)
    retailer.land("lime")
    lime.surveys[SURVEY]["active"] = "N"
    retailer.land("lime")
    assert_equal(retailer, lime)
    for table in (lime.surveys, lime.questions, lime.responses, lime.participants):
        del table[OTHER]
    retailer.land("lime")
    assert_equal(retailer, lime)


def test_only_the_chosen_surveys_are_read(retailer: Retailer, lime: LimeSurvey) -> None:
    retailer.sections["lime"] += f"surveys = [{OTHER}]\n"
    retailer.write()
    lime.respond(SURVEY)
    lime.respond(OTHER)
    retailer.land("lime")
    found = latest(retailer)
    assert set(found["surveys"]) == {str(OTHER)} and len(found["responses"]) == 1
    retailer.sections["lime"] = retailer.sections["lime"].replace(str(OTHER), "1234")
    retailer.write()
    with pytest.raises(SourceDefectError, match="survey 1234 is not among those"):
        retailer.land("lime")


def test_a_session_that_is_forgotten_is_opened_anew(retailer: Retailer, lime: LimeSurvey) -> None:
    for _ in range(3):
        lime.respond(SURVEY)
    lime.lives = 3
    retailer.land("lime")
    assert_equal(retailer, lime)
    lime.lives = 0
    with pytest.raises(AccessRefusedError, match="forgets its session at once"):
        retailer.land("lime")


class Talkative(LimeSurvey):
    """Repeats in the words of an error, and in an answer to a question, what it was sent."""

    def __init__(self, words: Callable[[str], Any]) -> None:
        super().__init__()
        self.words = words

    def _call(self, method: str, given: list[Any]) -> Any:
        result = super()._call(method, given)
        return self.words(self.key) if method == "get_summary" else result


@pytest.mark.parametrize(
    "words",
    [
        lambda key: {"status": f"Session {key} of user {PASSWORD} is broken"},
        lambda key: {"status": f"Session {base64.b64encode(key.encode()).decode()} is broken"},
        lambda key: {"status": f"no session in /admin?key={key}&id=1"},
    ],
)
def test_no_session_key_is_written_into_an_error(retailer: Retailer, words: Callable[[str], Any]) -> None:
    lime = Talkative(words)
    retailer.connect("lime", "limesurvey", lime, 'user = "evermart"')
    lime.add_survey(SURVEY)
    with pytest.raises(SourceDefectError, match=r"^lime: get_summary: LimeSurvey says: .*\*\*\*") as raised:
        retailer.land("lime")
    report = check_systems(retailer.settings).text
    assert "***" in report
    for said in (str(raised.value), report):
        for secret in (lime.key, base64.b64encode(lime.key.encode()).decode(), PASSWORD):
            assert secret not in said


def test_no_secret_that_somebody_answered_lands(retailer: Retailer, lime: LimeSurvey) -> None:
    lime.respond(SURVEY, EMAIL=PASSWORD)
    retailer.land("lime")
    [response] = retailer.latest("lime")["responses"].values()
    assert response["EMAIL"] == "***"
    written = [path.read_bytes() for path in retailer.root.rglob("*") if path.is_file()]
    assert not [1 for content in written if lime.key.encode() in content or PASSWORD.encode() in content]


def test_a_session_that_is_given_again_goes_on(retailer: Retailer, lime: LimeSurvey) -> None:
    lime.respond(SURVEY)
    lime.lives = 3
    lime.same = True
    retailer.land("lime")
    assert_equal(retailer, lime)


# The session is the same for all vendors; here it is asked by another method, and the rest is run on demand.
QUICK = {"a web page", "all at once"}


@pytest.mark.parametrize("name", quick_first(PASSING, QUICK))
def test_what_passes_is_survived(retailer: Retailer, lime: LimeSurvey, name: str) -> None:
    lime.respond(SURVEY)
    lime.invite(SURVEY)
    assert_survived(retailer, "lime", lime, PASSING[name], assert_equal)


LIME_LASTING = {name: LASTING[name] for name in ("moved",)} | {
    "503 for ever": (status(503), SourceUnavailableError, "answer 503"),
    "an error inside of a 200": (
        status(200, {"id": 1, "result": {"status": "Failed to create session"}, "error": None}),
        SourceDefectError,
        "LimeSurvey says: Failed to create session",
    ),
    "an error of the call": (
        status(200, {"id": 1, "result": None, "error": "unknown method 'list_surveys'"}),
        SourceDefectError,
        "unknown method",
    ),
    "another answer": (status(200, {"rows": []}), SourceDefectError, "holds no result"),
    "no base64": (
        status(200, {"id": 1, "result": "not base64", "error": None}),
        SourceDefectError,
        "the answer holds no a list",
    ),
}


@pytest.mark.parametrize("name", LIME_LASTING)
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(retailer: Retailer, lime: LimeSurvey, name: str) -> None:
    lime.respond(SURVEY)
    assert_ended(retailer, "lime", lime, LIME_LASTING[name], "responses", [PASSWORD], assert_equal)


def test_a_record_that_is_not_utf8_is_put_aside_and_takes_no_other_along(retailer: Retailer, lime: LimeSurvey) -> None:
    lime.questions[SURVEY][2]["question"] = "MANGLED"
    lime.respond(SURVEY)
    assert_put_aside(retailer, "lime", lime, "questions", f"{SURVEY}:3")


def test_a_record_that_is_put_aside_is_not_taken_for_deleted(retailer: Retailer, lime: LimeSurvey) -> None:
    retailer.land("lime")
    before = latest(retailer)
    lime.questions[SURVEY][2]["question"] = {"en": "Where did you buy?"}
    retailer.land("lime")
    assert latest(retailer) == before
    [(reason,)] = retailer.query("select reason from lake.quarantine")
    assert "its type has changed: text was expected, object came" in reason


class Hiding(LimeSurvey):
    """Says that it has responses, and shows none."""

    def _export(self, survey: int, kind: str, *rest: Any) -> Any:
        return super()._export(survey, kind, 0, -1)


def test_responses_that_are_said_and_never_shown_are_found(retailer: Retailer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.connectors.limesurvey.reader.EMPTY_RANGES", 3)
    lime = Hiding()
    retailer.connect("lime", "limesurvey", lime, 'user = "evermart"')
    lime.add_survey(SURVEY)
    lime.respond(SURVEY)
    with pytest.raises(SourceDefectError, match="says that it has 1 responses and shows 0"):
        retailer.land("lime")


def test_check_says_what_may_be_read_and_what_is_wrong(
    retailer: Retailer, lime: LimeSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    lime.respond(SURVEY)
    lime.invite(SURVEY)
    report = check_systems(retailer.settings)
    assert report.ok and "responses: 1 records" in report.text and "questions: 12 records" in report.text
    lime.forbidden = {"list_participants", "get_summary"}
    report = check_systems(retailer.settings)
    assert not report.ok and "the user may not read this" in report.text and "surveys: 2 records" in report.text
    monkeypatch.setenv("SOURCES__LIME__PASSWORD", "wrong-one")
    report = check_systems(retailer.settings)
    assert "the user name or the password is wrong" in report.text and "wrong-one" not in report.text
    retailer.sections["lime"] += 'path = "/admin"\n'
    retailer.write()
    assert "nothing at this address" in check_systems(retailer.settings).text


def test_a_first_day_is_refused(retailer: Retailer, lime: LimeSurvey) -> None:
    retailer.sections["lime"] += "start = 2026-01-01\n"
    retailer.write()
    with pytest.raises(SettingsError, match="leave `start` out"):
        _ = retailer.settings


@pytest.mark.skipif(not SAMPLES.exists(), reason="recorded answers are not here")
def test_what_a_real_one_sent_is_taken_without_defect() -> None:
    responses = msgspec.json.decode((SAMPLES / "export_responses_code_short.json").read_bytes())["responses"]
    recorded = {"responses": responses}
    for table in ("surveys", "questions", "participants"):
        recorded[table] = json.loads((SAMPLES / f"list_{table}.json").read_text())
    for table, rows in recorded.items():
        shapes = Shapes(VENDOR_TABLES["limesurvey"][table])
        for row in rows:
            added = {} if table == "surveys" else {"_key": "1:1", "_sid": "1", "_zone": "UTC"}
            found = shapes.take(msgspec.Raw(msgspec.json.encode(added | row)))
            assert not isinstance(found, Defect), found
        assert set(shapes.gone) <= ({"_zone"} if table == "questions" else set())


def test_responses_of_old_versions_are_unwrapped() -> None:
    assert bytes(_unwrapped(msgspec.Raw(b'{"7": {"id": "7", "NPS": "9"}}'))) == b'{"id": "7", "NPS": "9"}'
    assert bytes(_unwrapped(msgspec.Raw(b'{"id": "7"}'))) == b'{"id": "7"}'


class SurveyLife:
    """Random things that happen in a LimeSurvey."""

    def __init__(self, lime: LimeSurvey, seed: int) -> None:
        self.lime, self.random = lime, random.Random(seed)

    def happen(self, times: int) -> None:
        for _ in range(times):
            survey = self.random.choice([SURVEY, OTHER])
            rows, people = self.lime.responses[survey], self.lime.participants[survey]
            key = self.random.choice(list(rows)) if rows else None
            event = self.random.choice(
                ["respond", "respond", "leave", "complete", "delete", "invite", "uninvite", "ask"]
            )
            if event == "respond":
                self.lime.respond(
                    survey, self.random.randint(0, 10), NOW - dt.timedelta(hours=self.random.randint(0, 99))
                )
            elif event == "leave":
                self.lime.respond(survey, submitdate="")
            elif event == "complete" and key:
                rows[key]["submitdate"] = rows[key]["datestamp"]
            elif event == "delete" and key:
                del rows[key]
            elif event == "invite":
                self.lime.invite(survey, self.random.choice([None, NOW]))
            elif event == "uninvite" and people:
                del people[self.random.choice(list(people))]
            elif event == "ask":
                self.lime.questions[survey][1]["question"] = f"Question {self.random.randint(0, 99)}"
            self.lime.skew = dt.timedelta(minutes=self.random.choice([-90, 0, 90]))
        self.lime.lives = self.random.choice([4, 9, 1000])


@pytest.mark.slow
@settings(max_examples=2, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_limesurvey_after_every_night(
    make_retailer: Callable[[], Retailer], monkeypatch: pytest.MonkeyPatch, seed: int, nights: Nights
) -> None:
    monkeypatch.setattr("ingestion.connectors.limesurvey.reader.RESPONSES", 3)
    monkeypatch.setattr("ingestion.connectors.limesurvey.reader.PARTICIPANTS", 3)
    retailer, lime = make_retailer(), LimeSurvey()
    retailer.connect("lime", "limesurvey", lime, 'user = "evermart"')
    lime.add_survey(SURVEY)
    lime.add_survey(OTHER)
    live(retailer, "lime", lime, SurveyLife(lime, seed), nights, assert_equal=lambda: assert_equal(retailer, lime))
