"""Landing a shop on Shopify: complete, incremental, by page and in bulk, and what was deleted is found."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion.check import check_systems
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from ingestion.files import Days
from ingestion.settings import SettingsError, load_settings
from tests.connectors import server
from tests.connectors.conftest import Retailer
from tests.connectors.server import Answer, status
from tests.connectors.shopify import CLIENT_SECRET, TOKEN, ShopifyShop

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def shopify(retailer: Retailer) -> ShopifyShop:
    shopify = ShopifyShop()
    retailer.connect("shop", "shopify", shopify)
    return shopify


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.connectors.shopify.reader.BULK_FROM", 5)


def assert_equal(retailer: Retailer, shopify: ShopifyShop) -> None:
    retailer.assert_holds("shop", shopify.truth())


def fill(shopify: ShopifyShop) -> None:
    for n in range(4):
        shopify.add("customers", NOW - dt.timedelta(days=400 + n))
        shopify.add("products", NOW - dt.timedelta(days=400 + n))
    for n in range(30):
        shopify.place(at=NOW - dt.timedelta(days=17 * n + 1), lines=2)


def orders(shopify: ShopifyShop) -> list[str]:
    return list(shopify.tables["orders"])


def test_the_first_load_takes_everything_and_the_second_nothing(retailer: Retailer, shopify: ShopifyShop) -> None:
    fill(shopify)
    shopify.refund(orders(shopify)[0])
    shopify.place(lines=25)  # more lines than come with a page
    shopify.add("products", variants=[shopify.variant(title=f"Size {n}") for n in range(120)])
    first = retailer.land("shop")
    assert_equal(retailer, shopify)
    assert first.entities["orders"].rows_landed == 31
    asked = len(shopify.asked)
    assert all(entity.rows_landed == 0 for entity in retailer.land("shop").entities.values())
    assert len(shopify.asked) - asked < 20
    assert retailer.findings("shop") == []


def test_a_record_is_the_same_by_page_and_in_bulk(
    retailer: Retailer, shopify: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        shopify.place(at=NOW - dt.timedelta(days=30, minutes=n), lines=1 + n % 3)
        shopify.add("products", NOW - dt.timedelta(days=30), variants=[shopify.variant() for _ in range(n)])
    shopify.refund(orders(shopify)[3])
    monkeypatch.setattr("ingestion.connectors.shopify.reader.BULK_FROM", 5)
    retailer.land("shop")
    assert len(shopify.operations) >= 2, "orders and products came in bulk"
    operations = len(shopify.operations)
    assert_equal(retailer, shopify)
    monkeypatch.setattr("ingestion.connectors.shopify.reader.BULK_FROM", 500)
    day = (NOW - dt.timedelta(days=30)).date()
    again = retailer.land("shop", days=Days(day - dt.timedelta(days=1), day + dt.timedelta(days=1)))
    assert len(shopify.operations) == operations
    assert all(entity.rows_landed == 0 for entity in again.entities.values())
    assert retailer.findings("shop") == []


def test_every_kind_of_change_between_two_nights_arrives(retailer: Retailer, shopify: ShopifyShop) -> None:
    fill(shopify)
    retailer.land("shop")
    keys, customers = orders(shopify), list(shopify.tables["customers"])
    refund = shopify.refund(keys[0])
    shopify.refund(keys[1], lines=[shopify.refund_line(keys[1]) for _ in range(70)])
    shopify.edit("orders", keys[2], cancelledAt=f"{NOW:%Y-%m-%dT%H:%M:%SZ}", cancelReason="CUSTOMER")
    shopify.delete("orders", keys[3])  # placed 52 days ago: still compared every night
    edited = shopify.tables["orders"][keys[29]]["lineItems"]
    shopify.edit("orders", keys[29], edited=True, lineItems=[*edited, shopify.line(3)])
    shopify.edit("customers", customers[0], firstName="Zoë")
    shopify.place()
    retailer.land("shop")
    assert_equal(retailer, shopify)
    shopify.edit("orders", keys[0], refunds=[])
    del shopify.refunds[keys[0]][refund["id"]]
    retailer.land("shop")
    assert_equal(retailer, shopify)
    assert retailer.findings("shop") == []


def test_a_customer_who_was_erased_or_merged_is_found_by_the_next_sweep(
    retailer: Retailer, shopify: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shopify)
    retailer.land("shop")
    shopify.delete("customers", next(iter(shopify.tables["customers"])))
    shopify.delete("orders", orders(shopify)[29])
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    retailer.land("shop")
    assert_equal(retailer, shopify)


def test_a_day_can_be_read_again(retailer: Retailer, shopify: ShopifyShop) -> None:
    fill(shopify)
    retailer.land("shop")
    day = (NOW - dt.timedelta(days=18)).date()
    order = next(o for o in shopify.tables["orders"].values() if o["updatedAt"].startswith(str(day)))
    order["totalTaxSet"]["shopMoney"]["amount"] = "1.23"  # behind the clock's back
    assert retailer.land("shop").entities["orders"].rows_landed == 0
    assert retailer.land("shop", days=Days(day, day)).entities["orders"].rows_landed == 1
    assert_equal(retailer, shopify)


def test_orders_that_grow_too_old_to_be_seen_are_not_taken_for_deleted(
    retailer: Retailer, shopify: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shopify)
    retailer.land("shop")
    shopify.scopes.discard("read_all_orders")
    shopify.delete("orders", orders(shopify)[0])
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    retailer.land("shop")
    assert set(retailer.latest("shop")["orders"]) == set(shopify.tables["orders"])
    report = check_systems(retailer.settings)
    assert report.ok and "note     orders: only those of the last 60 days can be seen; add the scope" in report.text


def test_check_says_what_the_app_may_read(retailer: Retailer, shopify: ShopifyShop) -> None:
    for _ in range(3):
        shopify.place()
    shopify.scopes.discard("read_customers")
    report = check_systems(retailer.settings)
    assert not report.ok and "the app lacks the scope read_customers" in report.text
    assert "orders: 3 records, 20" in report.text and "order_refunds: read for each of the orders" in report.text
    shopify.scopes.add("read_customers")
    shopify.denied = {"lastName": "This app is not approved to use the lastName field. See protected-customer-data"}
    assert "set personal_data = false" in check_systems(retailer.settings).text
    retailer.sections["shop"] += "personal_data = false\n"
    retailer.write()
    shopify.served = "2027-01"
    report = check_systems(retailer.settings)
    assert report.ok and "no longer serves API version 2026-10 and answers as 2027-01" in report.text
    assert retailer.query("select count(*) from lake.landing_log") == [(0,)], "a check lands nothing"
    assert len(shopify.asked) < 60


def test_without_approval_no_person_is_asked_for(retailer: Retailer, shopify: ShopifyShop) -> None:
    retailer.sections["shop"] += "personal_data = false\n[connectors.shop.more_fields]\norders = ['app { name }']\n"
    retailer.write()
    shopify.add("customers")
    shopify.place(app={"name": "Kiosk"})
    retailer.land("shop")
    [order], [customer] = retailer.latest("shop")["orders"].values(), retailer.latest("shop")["customers"].values()
    assert order["app"] == {"name": "Kiosk"} and "Ruiz" not in json.dumps([order, customer])
    assert not {"email", "billingAddress"} & set(order) and not {"firstName", "defaultAddress"} & set(customer)
    assert retailer.findings("shop") == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('api_version = "2020-01"', "api_version"),
        ("[connectors.shop.more_fields]\nordres = ['tags']", "there is no table ordres"),
        ("[connectors.shop.more_fields]\norders = ['tags(first: 1)']", "is no field"),
    ],
)
def test_a_wrong_section_is_named(retailer: Retailer, shopify: ShopifyShop, more: str, sentence: str) -> None:
    retailer.sections["shop"] += more
    retailer.write()
    with pytest.raises(SettingsError, match=sentence):
        load_settings()


def test_an_older_version_and_a_token_of_the_shop_s_admin_will_do(retailer: Retailer) -> None:
    shopify = ShopifyShop("2026-07")
    retailer.connect("shop", "shopify", shopify, 'sign_in = "token"\napi_version = "2026-07"')
    shopify.place()
    retailer.land("shop")
    assert shopify.tokens == 0
    assert_equal(retailer, shopify)


def test_no_secret_and_no_token_is_written(retailer: Retailer, shopify: ShopifyShop) -> None:
    shopify.place(sourceName=f"said by mistake: {TOKEN}")
    retailer.land("shop")
    for path in Path(retailer.root).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert TOKEN.encode() not in content and CLIENT_SECRET.encode() not in content, path
    [order] = retailer.latest("shop")["orders"].values()
    assert order["sourceName"] == "said by mistake: ***"


def test_no_token_is_written_by_a_bulk_operation_either(
    retailer: Retailer, shopify: ShopifyShop, in_bulk: None
) -> None:
    for n in range(9):
        shopify.place(at=NOW - dt.timedelta(days=30), sourceName=f"said by mistake: {TOKEN}" if n == 4 else "web")
    retailer.land("shop")
    assert any(query.lstrip().startswith("mutation") for query in shopify.queries)
    landed = retailer.latest("shop")["orders"].values()
    assert sorted(order["sourceName"] for order in landed) == ["said by mistake: ***"] + ["web"] * 8


def test_a_token_that_is_renewed_and_stays_the_same_goes_on(retailer: Retailer, shopify: ShopifyShop) -> None:
    shopify.token_seconds = 0.001
    shopify.place()
    retailer.land("shop")
    assert shopify.tokens > 2
    assert_equal(retailer, shopify)


def test_a_query_that_costs_too_much_however_small_names_the_system(
    retailer: Retailer, shopify: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shopify.place()
    monkeypatch.setattr("tests.connectors.shopify.GREATEST_COST", 1)
    with pytest.raises(SourceDefectError, match=r"^shop: .*exceeds the single query max cost limit"):
        retailer.land("shop")


def test_calls_are_paid_as_the_shop_asks(
    retailer: Retailer, shopify: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = list[float]()
    monkeypatch.setattr("ingestion.connectors.shopify.reader.time.sleep", waits.append)
    fill(shopify)
    shopify.spends, shopify.available = True, 40
    retailer.land("shop")
    assert_equal(retailer, shopify)
    assert max(waits) > 0.1, "it waits for as long as the next query costs"


THROTTLED = {
    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    "extensions": {
        "cost": {"requestedQueryCost": 101, "throttleStatus": {"currentlyAvailable": 100, "restoreRate": 100}}
    },
}
INTERNAL = {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}
UNDEFINED = {
    "errors": [{"message": "Field 'sku' doesn't exist on type 'LineItem'", "extensions": {"code": "undefinedField"}}]
}


@pytest.mark.parametrize("good", [1, 3, 6, 9])
def test_what_passes_is_survived(retailer: Retailer, shopify: ShopifyShop, in_bulk: None, good: int) -> None:
    fill(shopify)
    shopify.busy = 2
    shopify.bulk_ends = [("FAILED", "TIMEOUT")]
    faults = [status(429), status(200, THROTTLED), status(200, INTERNAL), server.reset, server.cut_json, server.html]
    for fault in faults:
        shopify.faults += [server.send] * good + [fault]
    retailer.land("shop")
    assert_equal(retailer, shopify)
    assert retailer.findings("shop") == []


def wrong_secret(shopify: ShopifyShop) -> None:
    shopify.secret = "shpss_other"


def taken_back(shopify: ShopifyShop) -> None:
    shopify.faults = [server.send] + [status(401, {"errors": "[API] Invalid API key or access token"})] * 20


def without_scope(shopify: ShopifyShop) -> None:
    shopify.scopes = {"read_products"}


def unknown_field(shopify: ShopifyShop) -> None:
    shopify.faults = [server.send] * 4 + [status(200, UNDEFINED)] * 20


def always_busy(shopify: ShopifyShop) -> None:
    shopify.busy = 10**6


def ever_failing(shopify: ShopifyShop) -> None:
    shopify.bulk_ends = [("FAILED", "INTERNAL_SERVER_ERROR")] * 9


def refused_in_bulk(shopify: ShopifyShop) -> None:
    shopify.bulk_ends = [("FAILED", "ACCESS_DENIED")] * 9


def expired(shopify: ShopifyShop) -> None:
    shopify.bulk_ends = [("EXPIRED", None)] * 9


def still(shopify: ShopifyShop) -> None:
    shopify.bulk_ends = [("RUNNING", None)] * 9


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (wrong_secret, AccessRefusedError, "client_id and client_secret do not open this shop; copy both again"),
        (taken_back, AccessRefusedError, "the token is wrong or was taken back"),
        (without_scope, AccessRefusedError, "the app lacks a scope; add it to the app.*read_customers"),
        (unknown_field, SourceDefectError, "Field 'sku' doesn't exist on type 'LineItem'"),
        (always_busy, SourceUnavailableError, "other bulk operations of this app do not come to an end"),
        (ever_failing, SourceUnavailableError, "ended the bulk operation as FAILED .INTERNAL_SERVER_ERROR."),
        (refused_in_bulk, AccessRefusedError, "a bulk operation was refused"),
        (expired, SourceUnavailableError, "ended the bulk operation as EXPIRED"),
        (still, SourceUnavailableError, "a bulk operation stands still"),
    ],
)
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(
    retailer: Retailer,
    shopify: ShopifyShop,
    in_bulk: None,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[ShopifyShop], None],
    error: type[Exception],
    sentence: str,
) -> None:
    monkeypatch.setattr("ingestion.connectors.shopify.bulk.STALLED_SECONDS", 0.3)
    for _ in range(9):
        shopify.place(at=NOW - dt.timedelta(days=30))
    change(shopify)
    with pytest.raises(error, match=sentence) as raised:
        retailer.land("shop")
    assert str(raised.value).startswith("shop: ")
    assert TOKEN not in str(raised.value) and CLIENT_SECRET not in str(raised.value)
    assert retailer.query("select count(*) from lake_shopify.orders") == [(0,)]


class Short(ShopifyShop):
    """Hands over files of bulk operations without their last line, as if they were whole."""

    def answer(self, asked: server.Asked) -> Answer:
        answer = super().answer(asked)
        if asked.path.startswith("/bulk/"):
            return Answer(answer.bytes[: answer.bytes.rstrip().rfind(b"\n") + 1])
        return answer


class Circle(ShopifyShop):
    """Gives the same page whatever it is asked to go on from."""

    def _list(self, table: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        arguments.pop("after", None)
        return super()._list(table, arguments)

    def _page(self, rows: list[dict[str, Any]], field: Any, variables: dict[str, Any]) -> dict[str, Any]:
        return super()._page(rows, field, variables | {"after": None})


class Stray(ShopifyShop):
    """Writes a row of a kind that nobody asked for into the files of bulk operations."""

    def _run(self, query: str) -> dict[str, Any]:
        run = super()._run(query)
        operation = self.operations[run["bulkOperation"]["id"].rpartition("/")[2]]
        [first, *_] = operation["file"].splitlines()
        row = {"__typename": "Note", "id": "gid://shopify/Note/1", "__parentId": json.loads(first)["id"]}
        operation["file"] += json.dumps(row).encode() + b"\n"
        return run


@pytest.mark.parametrize(
    ("kind", "number", "sentence"),
    [
        (Short, 9, "shop: .* is not whole; nothing is taken"),
        (Stray, 9, "shop: .* a row of .* belongs to no record"),
        (Circle, 4, "in a circle"),
    ],
)
def test_a_file_that_is_not_whole_and_pages_that_lead_in_a_circle_are_found(
    retailer: Retailer,
    in_bulk: None,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[ShopifyShop],
    number: int,
    sentence: str,
) -> None:
    monkeypatch.setattr("ingestion.connectors.shopify.queries.Selection.page", 1, raising=False)
    shopify = kind()
    retailer.connect("shop", "shopify", shopify)
    for _ in range(number):
        shopify.place(at=NOW - dt.timedelta(days=30), lines=12)
    with pytest.raises(SourceDefectError, match=sentence):
        retailer.land("shop")
    assert retailer.query("select count(*) from lake_shopify.orders") == [(0,)]


class Mangled(ShopifyShop):
    """Writes one letter in another encoding, as what stands between a shop and its readers may do."""

    code = 200

    def answer(self, asked: server.Asked) -> Answer:
        answer = super().answer(asked)
        if self.code != 200:
            return Answer(b'{"errors": "Caf\xe9"}', self.code)
        return Answer(answer.bytes.replace(b"MANGLED", b"Caf\xe9"), answer.status, answer.headers)


@pytest.mark.parametrize(
    ("bulk_from", "sentence"),
    [
        (500, r"^shop: POST 127\.0\.0\.1/admin/api/[0-9-]+/graphql\.json: it is not UTF-8 from byte [0-9,]+ on"),
        (
            5,
            r"^shop: the file of a bulk operation is wrong, each time that it is fetched: line [0-9]+: it is not UTF-8",
        ),
    ],
)
def test_a_text_that_is_not_utf8_is_named_with_its_record_and_what_to_do(
    retailer: Retailer, monkeypatch: pytest.MonkeyPatch, bulk_from: int, sentence: str
) -> None:
    monkeypatch.setattr("ingestion.connectors.shopify.reader.BULK_FROM", bulk_from)
    shopify = Mangled()
    retailer.connect("shop", "shopify", shopify)
    month_ago = NOW - dt.timedelta(days=30)
    names = ["MANGLED" if n == 4 else "web" for n in range(8)]
    bad = [shopify.place(at=month_ago, lines=1, sourceName=name) for name in names][4]
    with pytest.raises(SourceDefectError, match=sentence) as raised:
        retailer.land("shop")
    said = str(raised.value)
    assert "write the texts of that record anew in Shopify's admin" in said
    assert "behind gid://shopify/" in said
    if bulk_from < 8:
        assert f"behind {bad['id']}" in said
    assert "Caf" not in said, "a text of a person is none for an error"
    assert retailer.query("select count(*) from lake_shopify.orders") == [(0,)]
    shopify.edit("orders", bad["id"], sourceName="web")
    retailer.land("shop")
    assert_equal(retailer, shopify)


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        (401, AccessRefusedError, "answer 401: the token is wrong or was taken back"),
        (503, SourceUnavailableError, "answer 503: the server is overloaded"),
    ],
)
def test_a_refusal_that_is_not_utf8_is_understood_all_the_same(
    retailer: Retailer, code: int, error: type[Exception], sentence: str
) -> None:
    shopify = Mangled()
    shopify.code = code
    retailer.connect("shop", "shopify", shopify)
    with pytest.raises(error, match=f"^shop: .*{sentence}"):
        retailer.land("shop")


def test_a_field_of_another_type_is_put_aside(retailer: Retailer, shopify: ShopifyShop) -> None:
    shopify.place()
    bad = shopify.place(totalPriceSet="12.90")
    retailer.land("shop")
    [(column, reason)] = retailer.query("select column_name, reason from lake.quarantine")
    assert column == "totalPriceSet" and "its type has changed: object was expected, text came" in reason
    assert bad["id"] not in retailer.latest("shop")["orders"]
