"""Landing an account of Klaviyo: complete, incremental, under fire, and what was deleted is found."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.check import check_systems
from ingestion.connectors.klaviyo.config import METRICS
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from ingestion.files import Days
from tests.connectors.conftest import Retailer
from tests.connectors.faults import (
    LASTING,
    PASSING,
    assert_ended,
    assert_put_aside,
    assert_resumed,
    assert_survived,
    quick_first,
)
from tests.connectors.klaviyo import KEY, KlaviyoAccount
from tests.connectors.server import Answer, status
from tests.connectors.test_property import NIGHTS, OPTIONS, Deeds, Nights, live

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
THROTTLED = {"errors": [{"id": "1", "status": 429, "code": "throttled", "title": "Throttled", "detail": "Slow down"}]}
PAGES = ("EVENTS_PAGE", "PROFILES_PAGE", "FLOWS_PAGE")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__POST__API_KEY", KEY)


@pytest.fixture
def account(retailer: Retailer) -> KlaviyoAccount:
    account = KlaviyoAccount()
    retailer.connect("post", "klaviyo", account)
    return account


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in PAGES:
        monkeypatch.setattr(f"ingestion.connectors.klaviyo.reader.{size}", 3)


def assert_equal(retailer: Retailer, account: KlaviyoAccount) -> None:
    """The lake is what the account shows, and holds besides what happened to persons who were forgotten since."""
    lake, truth = retailer.latest("post"), account.truth()
    kept = {key: event for key, event in lake["events"].items() if key not in truth["events"]}
    assert kept.items() <= account.forgotten.items()
    retailer_truth = truth | {"events": truth["events"] | kept}
    assert {table: set(rows) for table, rows in lake.items()} == {t: set(rows) for t, rows in retailer_truth.items()}
    assert lake == retailer_truth


def fill(account: KlaviyoAccount) -> None:
    campaign, flow = account.add_campaign("Autumn"), account.add_flow("Welcome")
    account.add_campaign("Autumn, by text", "sms")
    for n in range(8):
        person = account.join(f"p{n}@example.org", NOW - dt.timedelta(days=90 * n + 3))["id"]
        sent = account.send(campaign["id"], person, NOW - dt.timedelta(days=60 * n + 2))
        if n % 2:
            account.follow(sent, "Opened Email", NOW - dt.timedelta(days=60 * n + 1), machine_open=n == 1)
            account.send("MSG1", person, NOW - dt.timedelta(days=n), **{"$flow": flow["id"]})
    account.happen("Placed Order", person, NOW - dt.timedelta(days=3), value=12)


def test_the_first_load_takes_messages_and_profiles_and_the_second_nothing(
    retailer: Retailer, account: KlaviyoAccount, short_pages: None
) -> None:
    fill(account)
    first = retailer.land("post")
    assert_equal(retailer, account)
    assert first.entities["events"].rows_landed == 16, "neither the order nor another tool's metric"
    profile = next(iter(retailer.latest("post")["profiles"].values()))
    assert {"location", "properties"}.isdisjoint(profile["attributes"]), "what is not needed is not asked for"
    assert profile["attributes"]["subscriptions"]["email"]["marketing"]["consent"] == "SUBSCRIBED"
    assert all(entity.rows_landed == 0 for entity in retailer.land("post").entities.values())
    assert retailer.findings("post") == []


def test_a_record_that_is_not_utf8_is_put_aside_and_takes_no_other_along(
    retailer: Retailer, account: KlaviyoAccount, short_pages: None
) -> None:
    names = ["Ana", "Bo", "MANGLED", "Cy", "Di", "Ed", "Fay"]
    people = [account.join(f"p{n}@example.org", NOW, first_name=name)["id"] for n, name in enumerate(names)]
    assert_put_aside(retailer, "post", account, "profiles", people[2])


def test_the_key_goes_to_the_configured_host_alone_and_into_no_row(
    retailer: Retailer, account: KlaviyoAccount, short_pages: None
) -> None:
    fill(account)
    retailer.land("post")
    asked = {name.lower(): value for name, value in account.asked[-1].headers.items()}
    assert asked["revision"] == retailer.system("post").config.revision
    assert any("page[cursor]" in a.query for a in account.asked), "though the address of the next page is elsewhere's"
    for path in retailer.root.rglob("*"):
        assert not (path.is_file() and KEY.encode() in path.read_bytes()), path


def test_every_kind_of_change_between_two_nights_arrives(retailer: Retailer, account: KlaviyoAccount) -> None:
    fill(account)
    retailer.land("post")
    people, events = list(account.tables["profiles"]), list(account.tables["events"].values())
    account.leave(people[0])
    account.edit("profiles", people[1], first_name="Zoë")
    account.follow(events[0], "Clicked Email", NOW - dt.timedelta(hours=40), URL="https://shop.example/?a=1")
    account.follow(events[1], "Marked Email as Spam")
    account.edit("campaigns", next(iter(account.tables["campaigns"])), name="Autumn 2")
    del account.tables["flows"][next(iter(account.tables["flows"]))]
    retailer.land("post")
    assert_equal(retailer, account)
    [(gone,)] = retailer.query("select count(*) from lake_klaviyo.flows where deleted_at is not null")
    assert gone == 1


def test_a_profile_that_was_erased_is_a_tombstone_after_the_next_sweep(
    retailer: Retailer, account: KlaviyoAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(account)
    retailer.land("post")
    erased = next(iter(account.tables["profiles"]))
    account.forget(erased)
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    before = len(account.asked)
    retailer.land("post")
    assert_equal(retailer, account)
    assert erased not in retailer.latest("post")["profiles"]
    listed = [a for a in account.asked[before:] if a.query.get("fields[profile]") == "created,updated"]
    assert len(listed) == 1, "a sweep asks for ids and clocks"


def test_a_day_can_be_read_again(retailer: Retailer, account: KlaviyoAccount) -> None:
    fill(account)
    retailer.land("post")
    late = account.send("LATE", next(iter(account.tables["profiles"])), NOW - dt.timedelta(days=20))
    assert retailer.land("post").entities["events"].rows_landed == 0, "older than the overlap"
    day = (NOW - dt.timedelta(days=20)).date()
    days = Days(day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    assert retailer.land("post", days=days).entities["events"].rows_landed == 1
    assert late["id"] in retailer.latest("post")["events"]
    assert_equal(retailer, account)


# The session is the same for all vendors; here it is asked for pages by cursor, and the rest is run on demand.
QUICK = {"429 with Retry-After", "a body cut off", "all at once"}


@pytest.mark.parametrize("name", quick_first(PASSING, QUICK))
def test_what_passes_is_survived(retailer: Retailer, account: KlaviyoAccount, short_pages: None, name: str) -> None:
    fill(account)
    assert_survived(retailer, "post", account, PASSING[name], assert_equal, good=9)


KLAVIYO_LASTING = {name: LASTING[name] for name in ("moved", "a web page")} | {
    "429 for ever": (status(429, THROTTLED), SourceUnavailableError, r"answer 429: Slow down \(throttled\)"),
    "an error inside of a 200": (status(200, THROTTLED), SourceDefectError, "Slow down"),
    "another answer": (status(200, {"rows": []}), SourceDefectError, "holds no a list"),
    "a next page without a cursor": (
        status(200, {"data": [], "links": {"next": "https://a.klaviyo.com/api/metrics"}}),
        SourceDefectError,
        "the next page has no cursor",
    ),
    "a revision that is retired": (
        status(410, {"errors": [{"code": "gone", "title": "Gone", "detail": "This revision is no longer supported"}]}),
        AccessRefusedError,
        "correct `revision`",
    ),
}


FIRST = {"429 for ever", "a next page without a cursor"}


@pytest.mark.parametrize("name", quick_first(KLAVIYO_LASTING, FIRST))
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(
    retailer: Retailer, account: KlaviyoAccount, name: str
) -> None:
    fill(account)
    assert_ended(retailer, "post", account, KLAVIYO_LASTING[name], "events", [KEY], assert_equal)


class Circle(KlaviyoAccount):
    """Gives a cursor that leads back to where it was."""

    def _list(self, table: str, query: dict[str, str]) -> Answer:
        answer = super()._list(table, {key: value for key, value in query.items() if key != "page[cursor]"})
        again = "https://a.klaviyo.com/api/events?page%5Bcursor%5D=again"
        return Answer(answer.body | {"links": {"next": again}}) if table == "events" else answer


def test_a_cursor_that_leads_in_a_circle_is_found(retailer: Retailer) -> None:
    account = Circle()
    retailer.connect("post", "klaviyo", account)
    fill(account)
    with pytest.raises(SourceDefectError, match="lead in a circle"):
        retailer.land("post")
    assert retailer.query("select count(*) from lake_klaviyo.events") == [(0,)]


def test_a_first_load_that_breaks_off_goes_on_where_it_was(
    retailer: Retailer, account: KlaviyoAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.passes.BATCH_RECORDS", 3)
    fill(account)
    assert_resumed(retailer, "post", account, "events", 16, assert_equal, good=118)


def test_a_key_or_a_revision_that_is_refused_is_said(
    retailer: Retailer, account: KlaviyoAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    retailer.sections["post"] += 'revision = "2019-01-01"\n'
    retailer.write()
    with pytest.raises(AccessRefusedError, match=r"does not know this revision.*correct `revision`"):
        retailer.land("post")
    monkeypatch.setenv("SOURCES__POST__API_KEY", "pk_another_one")
    account.asked.clear()
    with pytest.raises(AccessRefusedError, match="the private API key is wrong or was deleted"):
        retailer.land("post")
    assert len(account.asked) == 1, "what cannot pass is not tried again"
    report = check_systems(retailer.settings)
    assert not report.ok and "the private API key is wrong" in report.text and "pk_another_one" not in report.text
    monkeypatch.delenv("SOURCES__POST__API_KEY")
    assert "api_key is not set; set SOURCES__POST__API_KEY" in check_systems(retailer.settings).text


def test_check_counts_what_it_can_and_names_the_scope_that_is_missing(
    retailer: Retailer, account: KlaviyoAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(account)
    report = check_systems(retailer.settings)
    assert report.ok
    assert "events: 16 records, 20" in report.text and "profiles: 8 records, 20" in report.text
    assert "campaigns: 2 records" in report.text and "a first load takes about" in report.text
    assert len(account.asked) < 60
    assert retailer.query("select count(*) from lake.landing_log") == [(0,)], "a check lands nothing"

    account.missing_scopes = {"profiles"}
    report = check_systems(retailer.settings)
    assert not report.ok and "lacks the scope profiles:read" in report.text and "events: 16 records" in report.text

    monkeypatch.setattr("ingestion.connectors.klaviyo.reader.COUNTED_PAGES", 1)
    assert "events: more records than a check counts, 20" in check_systems(retailer.settings).text


def test_a_field_of_another_type_is_put_aside_a_new_one_is_kept_and_one_that_vanished_is_told(
    retailer: Retailer, account: KlaviyoAccount
) -> None:
    good, bad = account.send("A", "01PR1"), account.send("A", "01PR2")
    good["attributes"]["sentiment"] = "warm"
    bad["attributes"]["event_properties"] = "none"
    account.join("a@example.org", subscriptions=None)
    for profile in account.tables["profiles"].values():
        del profile["attributes"]["subscriptions"]
    retailer.land("post")
    rows = retailer.query("select column_name, column_value, reason from lake.quarantine")
    reason = "its type has changed: object was expected, text came; staging must learn it first"
    assert rows == [("attributes.event_properties", '"none"', reason)]
    assert set(retailer.latest("post")["events"]) == {good["id"]}
    new, gone = (
        retailer.query(f"select {column} from lake.landing_log where entity = '{table}' and {column} is not null")
        for column, table in (("fields_new", "events"), ("fields_gone", "profiles"))
    )
    assert "attributes.sentiment" in new[0][0] and gone == [('["attributes.subscriptions"]',)]


def test_the_rule_of_what_a_metric_says_knows_every_metric_that_is_read() -> None:
    seed = Path(__file__).parents[2] / "dbt_project" / "seeds" / "rules" / "connector_message_metric.csv"
    with seed.open(newline="") as file:
        assert {row["metric_name"] for row in csv.DictReader(file) if row["source_kind"] == "klaviyo"} == set(METRICS)


class PostLife(Deeds):
    """Random things that happen to an account and to those whom it writes to."""

    def __init__(self, account: KlaviyoAccount, seed: int) -> None:
        self.account, self.random = account, random.Random(seed)

    def do_join(self) -> None:
        back = dt.timedelta(days=self.random.choice([0, 0, 0, 40, 700]))
        self.account.join(f"n{self.random.randint(0, 99)}@example.org", NOW - back if not self.landed else None)

    def do_send(self) -> None:
        if person := self.any("profiles"):
            for _ in range(self.random.choice([1, 1, 5])):
                self.account.send(f"M{self.random.randint(0, 3)}", person)

    def do_tell_late(self) -> None:
        if event := self.any("events"):
            hours = dt.timedelta(hours=self.random.randint(1, 40))
            metric = self.random.choice(["Opened Email", "Clicked Email", "Bounced Email", "Marked Email as Spam"])
            self.account.follow(self.account.tables["events"][event], metric, NOW - hours)

    def do_something_else(self) -> None:
        self.account.happen("Placed Order", self.any("profiles"), value=self.random.randint(1, 99))

    def do_leave(self) -> None:
        if person := self.any("profiles"):
            self.account.leave(person)

    def do_edit(self) -> None:
        table = self.random.choice(["profiles", "campaigns", "flows"])
        if key := self.any(table):
            name = f"N{self.random.randint(0, 99)}"
            if table == "profiles":
                self.account.edit(table, key, first_name=name)
            else:
                self.account.edit(table, key, name=name)

    def do_plan(self) -> None:
        self.account.add_campaign("C", self.random.choice(["email", "sms", "mobile_push"]))
        self.account.add_flow("F")

    def do_delete(self) -> None:
        table = self.random.choice(["campaigns", "flows"])
        if key := self.any(table):
            del self.account.tables[table][key]

    def do_forget(self) -> None:
        if person := self.any("profiles"):
            self.account.forget(person)

    def do_set_the_clock(self) -> None:
        self.account.skew = dt.timedelta(minutes=self.random.choice([-180, -60, 0, 0, 45, 180]))

    @property
    def landed(self) -> bool:
        return bool(self.account.asked)

    def any(self, table: str) -> str | None:
        keys = list(self.account.tables[table])
        return self.random.choice(keys) if keys else None


@pytest.mark.slow
@settings(max_examples=3, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_account_after_every_night(
    make_retailer: Callable[[], Retailer],
    monkeypatch: pytest.MonkeyPatch,
    short_pages: None,
    seed: int,
    nights: Nights,
) -> None:
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    retailer, account = make_retailer(), KlaviyoAccount()
    retailer.connect("post", "klaviyo", account)
    busy = [(2 * events, faults) for events, faults in nights]
    live(retailer, "post", account, PostLife(account, seed), busy, assert_equal=lambda: assert_equal(retailer, account))
