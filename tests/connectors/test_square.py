"""Landing a seller's account of Square: complete, incremental, under fire, and what was deleted is found."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.check import check_systems
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from ingestion.files import Days
from tests.connectors.conftest import Retailer
from tests.connectors.faults import LASTING, PASSING, assert_ended, assert_resumed, assert_survived, quick_first
from tests.connectors.server import Answer, Asked, status
from tests.connectors.square import TOKEN, SquareSeller, money
from tests.connectors.test_property import NIGHTS, OPTIONS, Deeds, Nights, live

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
RATE_LIMITED = {"errors": [{"category": "RATE_LIMIT_ERROR", "code": "RATE_LIMITED", "detail": "Slow down"}]}


def assert_equal(retailer: Retailer, seller: SquareSeller) -> None:
    retailer.assert_holds("till", seller.truth())


def fill(seller: SquareSeller) -> None:
    for n in range(12):
        seller.sell(location=n % len(seller.tables["locations"]), at=NOW - dt.timedelta(days=36 * n + 1))
    seller.give_back(next(iter(seller.tables["orders"].values())))
    for n in range(3):
        customer = seller.add("customers", NOW - dt.timedelta(days=300 * n), given_name=f"N{n}")
        account = seller.add(
            "loyalty_accounts", NOW - dt.timedelta(days=300 * n), customer_id=customer["id"], balance=n
        )
        seller.add("loyalty_events", NOW - dt.timedelta(days=n), type="ACCUMULATE_POINTS",
                   loyalty_account_id=account["id"], accumulate_points={"points": 5})  # fmt: skip
    item = seller.add("catalog", type="ITEM", item_data={"name": "Tea"})
    seller.add("catalog", type="ITEM_VARIATION", item_variation_data={"item_id": item["id"], "sku": "T1"})
    seller.add("catalog", type="CATEGORY", category_data={"name": "Drinks"})


def test_the_first_load_takes_everything_and_the_second_nothing(retailer: Retailer, seller: SquareSeller) -> None:
    fill(seller)
    first = retailer.land("till")
    assert_equal(retailer, seller)
    assert first.entities["orders"].rows_landed == 13, "those of more than a year ago too"
    assert all(entity.rows_landed == 0 for entity in retailer.land("till").entities.values())
    assert retailer.findings("till") == []


def test_every_kind_of_change_between_two_nights_arrives(retailer: Retailer, seller: SquareSeller) -> None:
    fill(seller)
    retailer.land("till")
    orders, customers = list(seller.tables["orders"].values()), list(seller.tables["customers"])
    refund = seller.give_back(orders[5])
    seller.edit("customers", customers[0], given_name="Zoë")
    seller.edit("orders", orders[7]["id"], state="CANCELED")
    seller.sell(location=1, at=NOW - dt.timedelta(hours=70))  # rung up without a connection, handed in now
    del seller.tables["catalog"][next(iter(seller.tables["catalog"]))]
    del seller.tables["loyalty_accounts"][next(iter(seller.tables["loyalty_accounts"]))]
    retailer.land("till")
    assert_equal(retailer, seller)
    seller.edit("refunds", refund["id"], status="COMPLETED")
    retailer.land("till")
    assert_equal(retailer, seller)
    assert retailer.findings("till") == []


def test_a_draft_and_a_customer_that_were_deleted_are_found_by_the_next_sweep(
    retailer: Retailer, seller: SquareSeller, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(seller)
    draft = seller.sell(state="DRAFT", at=NOW - dt.timedelta(days=40))
    retailer.land("till")
    del seller.tables["orders"][draft["id"]]
    del seller.tables["payments"][next(reversed(seller.tables["payments"]))]
    seller.tables["customers"].popitem()
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    before = len(seller.asked)
    retailer.land("till")
    lake = retailer.latest("till")
    assert set(lake["orders"]) == set(seller.tables["orders"])
    assert set(lake["customers"]) == set(seller.tables["customers"])
    assert len(lake["payments"]) == len(seller.tables["payments"]) + 1, "payments are never deleted, so none is sought"
    entries = [a for a in seller.asked[before:] if b'"return_entries"' in a.body]
    assert len(entries) == 1, "a sweep of orders asks for ids alone"


class Unable(SquareSeller):
    """Cannot give a customer by its id, now and then."""

    def _bulk_customers(self, body: dict[str, Any]) -> Answer:
        wrong = {"errors": [{"category": "API_ERROR", "code": "INTERNAL_SERVER_ERROR", "detail": "Try again later"}]}
        return Answer({"responses": dict.fromkeys(body["customer_ids"], wrong)})


def test_a_customer_who_cannot_be_given_now_is_not_taken_for_deleted(
    retailer: Retailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = Unable()
    retailer.connect("till", "square", seller)
    fill(seller)
    retailer.land("till")
    hidden = seller.tables["customers"].popitem()
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    with pytest.raises(SourceDefectError, match=f"till: .* customer {hidden[0]}: Try again later"):
        retailer.land("till")
    assert retailer.query("select count(*) from lake_square.customers where deleted_at is not null") == [(0,)]


def test_forty_stores_are_asked_for_ten_at_a_time(retailer: Retailer) -> None:
    seller = SquareSeller(locations=23)
    retailer.connect("till", "square", seller)
    for n in range(23):
        seller.sell(location=n, at=NOW - dt.timedelta(days=n))
    retailer.land("till")
    assert_equal(retailer, seller)
    asked = [json.loads(a.body)["location_ids"] for a in seller.asked if a.path.endswith("orders/search")]
    assert max(map(len, asked)) == 10


def test_only_the_chosen_locations_are_read(retailer: Retailer, seller: SquareSeller) -> None:
    second = list(seller.tables["locations"])[1]
    retailer.sections["till"] += f'locations = ["{second}"]\n'
    retailer.write()
    seller.sell(location=0)
    sold = seller.sell(location=1)
    seller.give_back(sold)
    retailer.land("till")
    lake = retailer.latest("till")
    for table in ("orders", "payments", "refunds"):
        assert {row["location_id"] for row in lake[table].values()} == {second}


def test_a_location_that_is_added_later_brings_its_orders_by_sweep_and_its_payments_by_reading_the_days_again(
    retailer: Retailer, seller: SquareSeller, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = retailer.sections["till"]
    retailer.sections["till"] += f'locations = ["{list(seller.tables["locations"])[1]}"]\n'
    retailer.write()
    day = NOW - dt.timedelta(days=50)
    for location in (0, 1):
        seller.give_back(seller.sell(location=location, at=day), at=day)
    retailer.land("till")
    retailer.sections["till"] = section
    retailer.write()
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    retailer.land("till")
    lake = retailer.latest("till")
    assert set(lake["orders"]) == set(seller.tables["orders"])
    assert (len(lake["payments"]), len(lake["refunds"])) == (1, 1)
    retailer.land("till", days=Days((day - dt.timedelta(days=1)).date(), (day + dt.timedelta(days=1)).date()))
    assert_equal(retailer, seller)


def test_a_day_can_be_read_again(retailer: Retailer, seller: SquareSeller) -> None:
    fill(seller)
    old = seller.sell(at=NOW - dt.timedelta(days=18))
    retailer.land("till")
    old["total_money"] = money(1)  # behind the clock's back
    day = (NOW - dt.timedelta(days=18)).date()
    assert retailer.land("till").entities["orders"].rows_landed == 0
    days = Days(day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    assert retailer.land("till", days=days).entities["orders"].rows_landed == 1
    assert_equal(retailer, seller)


# The session is the same for all vendors; here it is asked by another method, and the rest is run on demand.
QUICK = {"429 without Retry-After", "a body cut off", "all at once"}


@pytest.mark.parametrize("name", quick_first(PASSING, QUICK))
def test_what_passes_is_survived(retailer: Retailer, seller: SquareSeller, name: str) -> None:
    for _ in range(3):
        seller.give_back(seller.sell())
    assert_survived(retailer, "till", seller, PASSING[name], assert_equal)


SQUARE_LASTING = {name: LASTING[name] for name in ("moved",)} | {
    "429 for ever": (status(429, RATE_LIMITED), SourceUnavailableError, r"answer 429: too many requests \(Slow down\)"),
    "an error inside of a 200": (status(200, RATE_LIMITED), SourceDefectError, "Slow down"),
    "another answer": (status(200, {"rows": []}), SourceDefectError, "holds no a list"),
}


@pytest.mark.parametrize("name", SQUARE_LASTING)
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(retailer: Retailer, seller: SquareSeller, name: str) -> None:
    seller.sell()
    assert_ended(retailer, "till", seller, SQUARE_LASTING[name], "orders", [TOKEN], assert_equal)


class Circle(SquareSeller):
    """Gives a cursor that leads back to where it was."""

    def _orders(self, body: dict[str, Any]) -> Answer:
        answer = super()._orders({key: value for key, value in body.items() if key != "cursor"})
        return Answer(answer.body | {"cursor": "again"})


def test_a_cursor_that_leads_in_a_circle_is_found(retailer: Retailer) -> None:
    seller = Circle()
    retailer.connect("till", "square", seller)
    seller.sell()
    with pytest.raises(SourceDefectError, match="lead in a circle"):
        retailer.land("till")
    assert retailer.query("select count(*) from lake_square.orders") == [(0,)]


def test_a_first_load_that_breaks_off_goes_on_where_it_was(
    retailer: Retailer, seller: SquareSeller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.passes.BATCH_RECORDS", 3)
    fill(seller)
    assert_resumed(retailer, "till", seller, "orders", 13, assert_equal, good=24)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("UNAUTHORIZED", "the access token is wrong; copy it again, and from Production"),
        ("ACCESS_TOKEN_EXPIRED", "the access token has expired"),
        ("ACCESS_TOKEN_REVOKED", "was revoked; make a new one"),
    ],
)
def test_a_token_that_is_refused_is_said(
    retailer: Retailer, seller: SquareSeller, monkeypatch: pytest.MonkeyPatch, code: str, sentence: str
) -> None:
    monkeypatch.setenv("SOURCES__TILL__TOKEN", "EAAA-another-one")
    seller.token_error = code
    with pytest.raises(AccessRefusedError, match=sentence):
        retailer.land("till")
    assert len(seller.asked) == 1, "what cannot pass is not tried again"
    report = check_systems(retailer.settings)
    assert not report.ok and sentence in report.text and "EAAA-another-one" not in report.text


def test_check_counts_what_it_can_and_names_the_scope_that_is_missing(
    retailer: Retailer, seller: SquareSeller, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(seller)
    report = check_systems(retailer.settings)
    assert report.ok
    assert "orders: 13 records, 20" in report.text and "customers: 3 records, 20" in report.text
    assert "loyalty_accounts: 3 records" in report.text and "a first load takes about" in report.text
    assert len(seller.asked) < 60
    assert retailer.query("select count(*) from lake.landing_log") == [(0,)], "a check lands nothing"

    seller.missing_scopes = {"LOYALTY_READ"}
    report = check_systems(retailer.settings)
    assert not report.ok and "[LOYALTY_READ]" in report.text and "orders: 13 records" in report.text

    monkeypatch.setattr("ingestion.connectors.square.reader.COUNTED_PAGES", 0)
    assert "orders: more records than a check counts, 20" in check_systems(retailer.settings).text


def test_a_field_of_another_type_is_put_aside_and_a_new_one_is_kept(retailer: Retailer, seller: SquareSeller) -> None:
    good, bad = seller.sell(fulfilled_by="Ana"), seller.sell(total_money="10.00")
    retailer.land("till")
    rows = retailer.query("select column_name, column_value, reason from lake.quarantine")
    assert rows == [
        ("total_money", '"10.00"', "its type has changed: object was expected, text came; staging must learn it first")
    ]
    assert set(retailer.latest("till")["orders"]) == {good["id"]} != {bad["id"]}
    [(new,)] = retailer.query("select fields_new from lake.landing_log where entity = 'orders'")
    assert "fulfilled_by" in new


class SellerLife(Deeds):
    """Random things that happen at the tills."""

    def __init__(self, seller: SquareSeller, seed: int) -> None:
        self.seller, self.random = seller, random.Random(seed)

    def do_sell(self) -> None:
        self.seller.sell(location=self.random.randint(0, 1), price=self.random.randint(1, 9999))

    def do_hand_in_late(self) -> None:
        self.seller.sell(at=NOW - dt.timedelta(hours=self.random.randint(1, 72)), location=1)

    def do_give_back(self) -> None:
        sold = [row for row in self.seller.tables["orders"].values() if "line_items" in row]
        if sold:
            self.seller.give_back(self.random.choice(sold), self.random.randint(1, 99))

    def do_edit(self) -> None:
        table = self.random.choice(["orders", "customers", "loyalty_accounts", "catalog", "payments", "refunds"])
        if key := self.any(table):
            self.seller.edit(table, key, note=f"n{self.random.randint(0, 99)}")

    def do_add(self) -> None:
        table = self.random.choice(["customers", "loyalty_accounts"])
        self.seller.add(table)

    def do_move_points(self) -> None:
        self.seller.add("loyalty_events", type="ADJUST_POINTS", loyalty_account_id="x", adjust_points={"points": 1})

    def do_list(self) -> None:
        self.seller.add("catalog", type=self.random.choice(["ITEM", "ITEM_VARIATION", "CATEGORY"]))

    def do_delete(self) -> None:
        table = self.random.choice(["orders", "customers", "loyalty_accounts", "catalog"])
        key = self.any(table)
        if key and not (table == "orders" and self.is_paid(key)):
            del self.seller.tables[table][key]

    def do_set_the_clock(self) -> None:
        self.seller.skew = dt.timedelta(minutes=self.random.choice([-180, -60, 0, 0, 45, 180]))

    def is_paid(self, order: str) -> bool:
        return any(payment["order_id"] == order for payment in self.seller.tables["payments"].values())

    def any(self, table: str) -> str | None:
        keys = list(self.seller.tables[table])
        return self.random.choice(keys) if keys else None


@pytest.mark.slow
@settings(max_examples=2, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_account_after_every_night(
    make_retailer: Callable[[], Retailer],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    nights: Nights,
) -> None:
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    for size in ("PAGE", "SHORT_PAGE", "IDS_PAGE", "ACCOUNTS_PAGE", "LOYALTY_PAGE"):
        monkeypatch.setattr(f"ingestion.connectors.square.reader.{size}", 3)
    retailer, seller = make_retailer(), SquareSeller()
    retailer.connect("till", "square", seller)
    busy = [(2 * events, faults) for events, faults in nights]
    live(retailer, "till", seller, SellerLife(seller, seed), busy)


def test_the_version_of_the_api_and_the_way_of_asking_are_as_square_wants_them(
    retailer: Retailer, seller: SquareSeller
) -> None:
    retailer.land("till")
    versions = {name.lower(): value for name, value in seller.asked[0].headers.items()}
    assert versions["square-version"] == retailer.system("till").config.api_version
    assert isinstance(seller.asked[0], Asked)
