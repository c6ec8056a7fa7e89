"""Landing an account of Zendesk: complete, incremental, under fire, and what was deleted is found."""

from __future__ import annotations

import base64
import datetime as dt
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.check import check_systems
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import Limits
from ingestion.connectors.readers import open_reader
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from ingestion.files import Days
from ingestion.settings import SettingsError
from tests.connectors.conftest import Retailer
from tests.connectors.faults import LASTING, PASSING, assert_ended, assert_resumed, assert_survived, quick_first
from tests.connectors.server import Answer, Asked, status
from tests.connectors.test_property import NIGHTS, OPTIONS, Deeds, Nights, live
from tests.connectors.zendesk import API_TOKEN, ORDER_FIELD, REASON_FIELD, USER, ZendeskAccount

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
RATE_LIMITED = {"error": "TooManyRequests", "description": "Number of allowed API requests per minute exceeded"}
READER = "ingestion.connectors.zendesk.reader"


def assert_equal(retailer: Retailer, desk: ZendeskAccount) -> None:
    retailer.assert_holds("desk", desk.truth())


def configure(retailer: Retailer, more: str) -> None:
    retailer.sections["desk"] += more + "\n"
    retailer.write()


def fill(desk: ZendeskAccount, tickets: int = 12) -> list[int]:
    keys = [desk.open(at=NOW - dt.timedelta(days=36 * n + 1))["id"] for n in range(tickets)]
    desk.rate(keys[0], "offered", at=NOW - dt.timedelta(days=1))
    desk.rate(keys[1], "bad", at=NOW - dt.timedelta(days=30), comment="Too slow")
    return keys


def exports(desk: ZendeskAccount, table: str = "tickets") -> list[Asked]:
    return [asked for asked in desk.asked if asked.path.endswith(f"incremental/{table}/cursor")]


def test_the_first_load_takes_everything_and_the_second_nothing(retailer: Retailer, desk: ZendeskAccount) -> None:
    fill(desk)
    first = retailer.land("desk")
    assert_equal(retailer, desk)
    assert (first.entities["tickets"].rows_landed, first.entities["users"].rows_landed) == (12, 12)
    assert all(entity.rows_landed == 0 for entity in retailer.land("desk").entities.values())
    assert retailer.findings("desk") == []


def test_a_first_load_asks_for_each_page_once_whatever_its_windows(
    retailer: Retailer, desk: ZendeskAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{READER}.PAGE", 5)
    for n in range(23):
        desk.open(at=NOW - dt.timedelta(days=20 * n + 3))
    retailer.land("desk")
    assert_equal(retailer, desk)
    [(windows,)] = retailer.query("select count(*) from lake.landing_log where entity='tickets' and pass_kind='window'")
    # One call finds the oldest, five go through the export, one reads what is open.
    assert windows > 8 and len(exports(desk)) <= 7


def test_every_kind_of_change_between_two_nights_arrives(retailer: Retailer, desk: ZendeskAccount) -> None:
    keys = fill(desk)
    retailer.land("desk")
    desk.solve(keys[2])
    desk.reopen(keys[3])
    desk.delete(keys[4])
    desk.system_update(keys[5])
    desk.edit_user(desk.tickets[keys[6]]["requester_id"], email="new@example.org")
    desk.edit_user(desk.tickets[keys[7]]["requester_id"], active=False, email=None)
    desk.rate(keys[0], "good")  # offered yesterday: when it is answered, no clock that can be asked by moves
    desk.fields[ORDER_FIELD]["title"] = "Order"
    del desk.fields[REASON_FIELD]
    retailer.land("desk")
    assert_equal(retailer, desk)
    assert retailer.latest("desk")["tickets"][str(keys[4])]["status"] == "deleted", "Zendesk tells of it itself"
    desk.delete(keys[0])
    retailer.land("desk")
    assert_equal(retailer, desk)
    assert retailer.findings("desk") == []


def test_what_was_deleted_for_good_is_found_by_the_next_sweep(
    retailer: Retailer, desk: ZendeskAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = fill(desk)
    retailer.land("desk")
    desk.purge(keys[3])
    del desk.users[desk.tickets[keys[8]]["requester_id"]]
    touched = keys[5]
    desk.edit(touched, at=NOW, subject="Edited this minute, so that exports leave it out")
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    retailer.land("desk")
    lake = retailer.latest("desk")
    assert set(lake["tickets"]) == {str(key) for key in desk.tickets}, "the one of this minute lives still"
    assert set(lake["users"]) == {str(key) for key in desk.users}


def test_what_changes_in_the_minute_of_the_night_comes_with_the_next(retailer: Retailer, desk: ZendeskAccount) -> None:
    keys = fill(desk)
    desk.edit(keys[0], at=desk.now(), subject="Now")
    retailer.land("desk")
    assert str(keys[0]) not in retailer.latest("desk")["tickets"]
    desk.skew = dt.timedelta(minutes=3)
    retailer.land("desk")
    assert_equal(retailer, desk)


def test_metrics_are_taken_from_beside_the_tickets_and_from_inside(retailer: Retailer, desk: ZendeskAccount) -> None:
    key = desk.open()["id"]
    desk.solve(key, minutes=42)
    retailer.land("desk")
    desk.embeds_metrics = True
    assert retailer.latest("desk")["tickets"][str(key)]["metric_set"]["reply_time_in_minutes"]["calendar"] == 42
    other = desk.open()["id"]
    retailer.land("desk")
    assert retailer.latest("desk")["tickets"][str(other)]["metric_set"]["ticket_id"] == other


def test_a_day_can_be_read_again(retailer: Retailer, desk: ZendeskAccount) -> None:
    keys = fill(desk)
    retailer.land("desk")
    desk.tickets[keys[2]]["subject"] = "Changed behind the clock's back"
    day = (NOW - dt.timedelta(days=73)).date()
    assert retailer.land("desk").entities["tickets"].rows_landed == 0
    days = Days(day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    assert retailer.land("desk", days=days).entities["tickets"].rows_landed == 1
    assert_equal(retailer, desk)


def test_the_settings_give_fields_their_roles(retailer: Retailer, desk: ZendeskAccount) -> None:
    desk.open()
    retailer.land("desk")
    configure(
        retailer,
        f'ticket_fields = {{order_id = "order NUMBER", topic = {REASON_FIELD}}}\n'
        'user_fields = {card_number = "loyalty_card", customer_id = "external_id"}',
    )
    again = retailer.land("desk")
    assert again.entities["tickets"].rows_landed == 0, "no ticket is read anew for it"
    lake = retailer.latest("desk")
    roles = {key: row.get("_role") for key, row in lake["ticket_fields"].items()}
    assert roles == {"1": None, str(ORDER_FIELD): "order_id", "360009": None, str(REASON_FIELD): "topic"}
    assert {key: row["_role"] for key, row in lake["user_fields"].items()} == {
        "7": "card_number",
        "external_id": "customer_id",
    }


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('ticket_fields = {order_id = "Ordre"}', "`ticket_fields.order_id`: there is no ticket field with .* 'Ordre'"),
        ('ticket_fields = {order_id = "Twice"}', r"2 ticket fields are called 'Twice'; write the id .*\(8, 9\)"),
        ("ticket_fields = {order_id = 1, topic = 1}", "topic and order_id are the same field"),
        ('user_fields = {card_number = "karte"}', "there is no user field with the key 'karte'"),
    ],
)
def test_a_field_that_is_not_there_is_said_before_and_in_the_night(
    retailer: Retailer, desk: ZendeskAccount, more: str, sentence: str
) -> None:
    for key in (8, 9):
        desk.fields[key] = desk.fields[1] | {"id": key, "title": "Twice"}
    configure(retailer, more)
    with pytest.raises(SourceDefectError, match=sentence):
        retailer.land("desk")
    report = check_systems(retailer.settings)
    assert not report.ok and more.partition(" =")[0] in report.text


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('ticket_fields = {orders = "x"}', "ticket_fields"),
        ('user = "it@shop.example/token"', "user"),
        ("exports_per_minute = 0", "exports_per_minute"),
    ],
)
def test_a_wrong_section_is_named_before_anything_starts(retailer: Retailer, more: str, sentence: str) -> None:
    retailer.sections["desk"] = f'[connectors.desk]\nkind = "zendesk"\nurl = "https://x.zendesk.com"\n{more}'
    retailer.write()
    with pytest.raises(SettingsError, match=sentence):
        retailer.settings  # noqa: B018


# The session is the same for all vendors; here exports go by one of their own, and the rest is run on demand.
QUICK = {"429 with Retry-After", "JSON cut off", "all at once"}


@pytest.mark.parametrize("name", quick_first(PASSING, QUICK))
def test_what_passes_is_survived(retailer: Retailer, desk: ZendeskAccount, name: str) -> None:
    desk.rate(desk.open()["id"])
    assert_survived(retailer, "desk", desk, PASSING[name], assert_equal)


ZENDESK_LASTING = {name: LASTING[name] for name in ("moved",)} | {
    "429 for ever": (status(429, RATE_LIMITED), SourceUnavailableError, "answer 429: TooManyRequests: Number of"),
    "an error inside of a 200": (status(200, {"error": "oops"}), SourceDefectError, "oops"),
    "another answer": (status(200, {"rows": [], "meta": {"has_more": False}}), SourceDefectError, "holds no a list"),
}


@pytest.mark.parametrize("name", ZENDESK_LASTING)
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(retailer: Retailer, desk: ZendeskAccount, name: str) -> None:
    desk.open()
    assert_ended(retailer, "desk", desk, ZENDESK_LASTING[name], "tickets", [API_TOKEN], assert_equal, good=3)


class Circle(ZendeskAccount):
    """Gives a cursor that leads back to where it was."""

    def _export(self, query: dict[str, str], table: str) -> Answer:
        answer = super()._export(
            {name: value for name, value in query.items() if name != "cursor"} | {"start_time": "0"}, table
        )
        return Answer(answer.body | {"end_of_stream": False, "after_cursor": "again"})


class RatingsCircle(ZendeskAccount):
    """The same, in the list of ratings."""

    def _ratings_list(self, query: dict[str, str]) -> Answer:
        answer = super()._ratings_list({name: value for name, value in query.items() if name != "page[after]"})
        return Answer(answer.body | {"meta": {"has_more": True, "after_cursor": "again"}})


class Endless(ZendeskAccount):
    """Says that more follows, and not where."""

    def _export(self, query: dict[str, str], table: str) -> Answer:
        return Answer(super()._export(query, table).body | {"end_of_stream": False, "after_cursor": None})


@pytest.mark.parametrize("kind", [Circle, RatingsCircle, Endless])
def test_a_cursor_that_leads_in_a_circle_is_found(retailer: Retailer, kind: type[ZendeskAccount]) -> None:
    desk = kind()
    retailer.connect("desk", "zendesk", desk, f'user = "{USER}"')
    desk.rate(desk.open()["id"])
    with pytest.raises(SourceDefectError, match="lead in a circle"):
        retailer.land("desk")
    assert retailer.query("select count(*) from lake_zendesk.tickets") == [(0,)]


def test_a_first_load_that_breaks_off_goes_on_where_it_was(
    retailer: Retailer, desk: ZendeskAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.passes.BATCH_RECORDS", 3)
    monkeypatch.setattr(f"{READER}.PAGE", 3)
    fill(desk)
    assert_resumed(retailer, "desk", desk, "tickets", 12, assert_equal, good=15)


def no_such_address(retailer: Retailer, desk: ZendeskAccount) -> None:
    desk.exists = False


def token_access_off(retailer: Retailer, desk: ZendeskAccount) -> None:
    desk.takes_tokens = False


def another_user(retailer: Retailer, desk: ZendeskAccount) -> None:
    retailer.sections["desk"] = retailer.sections["desk"].replace(USER, "somebody@shop.example")
    retailer.write()


def agent(retailer: Retailer, desk: ZendeskAccount) -> None:
    desk.role = "agent"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (no_such_address, "there is no Zendesk at this address; correct the subdomain in `url`"),
        (token_access_off, "the token is wrong or has expired, or token access is switched off"),
        (another_user, "the e-mail address or the token is wrong"),
        (agent, "make it an administrator, give an access token the scope `read`"),
    ],
)
def test_what_a_person_can_put_right_is_said(
    retailer: Retailer,
    desk: ZendeskAccount,
    change: Callable[[Retailer, ZendeskAccount], None],
    sentence: str,
) -> None:
    desk.open()
    change(retailer, desk)
    with pytest.raises(AccessRefusedError, match=sentence):
        retailer.land("desk")
    assert len(desk.asked) < 6, "what cannot pass is not tried again"
    report = check_systems(retailer.settings)
    assert not report.ok and sentence in report.text and API_TOKEN not in report.text


def test_check_counts_and_names_what_is_left_out(retailer: Retailer, desk: ZendeskAccount) -> None:
    keys = fill(desk)
    desk.delete(keys[5])
    report = check_systems(retailer.settings)
    assert report.ok
    assert "tickets: 11 records, 20" in report.text and "users: 12 records, 20" in report.text
    assert "satisfaction_ratings: 2 records, 20" in report.text and "ticket_fields: 4 records" in report.text
    assert "a first load takes about" in report.text
    assert len(exports(desk)) == len(exports(desk, "users")) == 1 and len(desk.asked) < 15
    assert retailer.query("select count(*) from lake.landing_log") == [(0,)], "a check lands nothing"
    configure(retailer, "ratings = false")
    assert "left out by `ratings = false`" in check_systems(retailer.settings).text
    retailer.land("desk")
    assert retailer.latest("desk")["satisfaction_ratings"] == {}


def test_an_access_token_serves_in_the_place_of_a_user(retailer: Retailer) -> None:
    desk = ZendeskAccount()
    retailer.connect("desk", "zendesk", desk)
    desk.open()
    retailer.land("desk")
    assert_equal(retailer, desk)
    assert all(asked.headers["Authorization"].startswith("Bearer ") for asked in desk.asked)


def test_secrets_are_struck_out_even_as_they_are_sent(retailer: Retailer, desk: ZendeskAccount) -> None:
    sent = base64.b64encode(f"{USER}/token:{API_TOKEN}".encode()).decode()
    desk.open(subject=f"Basic {sent}", description=API_TOKEN)
    retailer.land("desk")
    [(record,)] = retailer.query("select record from lake_zendesk.tickets")
    assert sent not in record and API_TOKEN not in record


def test_exports_are_asked_for_no_faster_than_is_allowed(retailer: Retailer, desk: ZendeskAccount) -> None:
    configure(retailer, "exports_per_minute = 100")
    system = retailer.system("desk")
    assert isinstance(system, Connector)
    began = time.monotonic()
    with open_reader(system, Limits(pace=None)) as reader:
        for _ in range(3):
            reader.oldest("tickets")
    assert time.monotonic() - began >= 1.2


def test_a_field_of_another_type_is_put_aside_and_a_new_one_is_kept(retailer: Retailer, desk: ZendeskAccount) -> None:
    good, bad = desk.open(mood="calm"), desk.open(custom_fields="none")
    retailer.land("desk")
    rows = retailer.query("select column_name, column_value, reason from lake.quarantine")
    assert rows == [
        ("custom_fields", '"none"', "its type has changed: list was expected, text came; staging must learn it first")
    ]
    assert set(retailer.latest("desk")["tickets"]) == {str(good["id"])} != {str(bad["id"])}
    [(new, gone)] = retailer.query(
        "select fields_new, fields_gone from lake.landing_log where entity = 'tickets' and fields_new is not null"
    )
    assert "mood" in new and gone is None


class DeskLife(Deeds):
    """Random things that happen at a help desk."""

    def __init__(self, desk: ZendeskAccount, seed: int) -> None:
        self.desk, self.random = desk, random.Random(seed)

    def do_open(self) -> None:
        self.desk.open(self.any(self.desk.users))

    def do_open_anew(self) -> None:
        self.desk.open()

    def do_import_an_old_one(self) -> None:
        key = self.desk.open(at=NOW - dt.timedelta(days=self.random.randint(1, 900)))["id"]
        self.desk.edit(key, subject="imported")
        self.desk.edit_user(self.desk.tickets[key]["requester_id"])

    def do_solve_or_reopen(self) -> None:
        if (key := self.ticket()) is not None:
            deeds: list[Callable[[int], None]] = [self.desk.solve, self.desk.reopen, self.desk.system_update]
            self.random.choice(deeds)(key)

    def do_edit(self) -> None:
        if (key := self.ticket()) is not None:
            self.desk.edit(key, priority=self.random.choice(["low", "urgent"]), tags=["closed_by_merge"])

    def do_delete(self) -> None:
        if (key := self.ticket()) is not None:
            self.random.choice([self.desk.delete, self.desk.purge])(key)

    def do_rate(self) -> None:
        if (key := self.ticket()) is not None:
            self.desk.rate(key, self.random.choice(["offered", "good", "bad"]))

    def do_change_a_user(self) -> None:
        if (key := self.any(self.desk.users)) is not None:
            changes: list[dict[str, Any]] = [{"suspended": True}, {"active": False}, {"phone": "1"}]
            self.desk.edit_user(key, **self.random.choice(changes))

    def do_set_the_clock(self) -> None:
        self.desk.skew = dt.timedelta(minutes=self.random.choice([-180, -60, 0, 0, 45, 180]))

    def ticket(self) -> int | None:
        return self.any({key: row for key, row in self.desk.tickets.items() if row["status"] != "deleted"})

    def any(self, rows: dict[int, Any]) -> int | None:
        return self.random.choice(list(rows)) if rows else None


@pytest.mark.slow
@settings(max_examples=2, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_account_after_every_night(
    make_retailer: Callable[[], Retailer],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    nights: Nights,
) -> None:
    desk_lives(make_retailer(), monkeypatch, seed, nights)


@pytest.mark.marathon
@settings(max_examples=40, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_account_after_many_more_nights(
    make_retailer: Callable[[], Retailer],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    nights: Nights,
) -> None:
    desk_lives(make_retailer(), monkeypatch, seed, nights)


def desk_lives(retailer: Retailer, monkeypatch: pytest.MonkeyPatch, seed: int, nights: Nights) -> None:
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    for size in ("PAGE", "SHORT_PAGE"):
        monkeypatch.setattr(f"{READER}.{size}", 3)
    desk = ZendeskAccount()
    desk.repeats = True
    retailer.connect("desk", "zendesk", desk, f'user = "{USER}"')
    busy = [(2 * events, faults) for events, faults in nights]
    live(retailer, "desk", desk, DeskLife(desk, seed), busy)
