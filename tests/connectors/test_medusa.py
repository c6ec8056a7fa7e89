"""Landing a shop on Medusa 2: complete, incremental, and what no clock tells is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.check import check_systems
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from ingestion.files import Days
from tests.connectors import server
from tests.connectors.conftest import Retailer
from tests.connectors.medusa import KEY, MedusaShop
from tests.connectors.server import Answer, Asked, status

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def medusa(retailer: Retailer, monkeypatch: pytest.MonkeyPatch) -> MedusaShop:
    monkeypatch.setenv("SOURCES__SHOP__API_KEY", KEY)
    medusa = MedusaShop()
    retailer.connect("shop", "medusa", medusa)
    return medusa


def fill(medusa: MedusaShop) -> list[str]:
    for n in range(3):
        medusa.add("customers", NOW - dt.timedelta(days=400 + n))
        medusa.add("products", NOW - dt.timedelta(days=400 + n))
    return [medusa.add("orders", NOW - dt.timedelta(days=17 * n + 1))["id"] for n in range(20)]


def test_the_first_load_takes_everything_and_the_second_nothing(retailer: Retailer, medusa: MedusaShop) -> None:
    fill(medusa)
    medusa.add("orders", is_draft_order=True, status="draft")
    first = retailer.land("shop")
    retailer.assert_holds("shop", medusa.truth())
    assert first.entities["orders"].rows_landed == 20
    assert all(entity.rows_landed == 0 for entity in retailer.land("shop").entities.values())
    assert retailer.findings("shop") == []


def test_every_kind_of_change_between_two_nights_arrives(retailer: Retailer, medusa: MedusaShop) -> None:
    keys = fill(medusa)
    retailer.land("shop")
    medusa.pay(keys[2])  # moves no clock
    medusa.refund(keys[18])
    medusa.edit("orders", keys[1], status="canceled", canceled_at=f"{NOW:%Y-%m-%dT%H:%M:%S}.000Z")
    medusa.delete("orders", keys[0])
    [customer, gone, *_] = medusa.tables["customers"]
    medusa.tables["customers"][customer]["addresses"] = []  # moves no clock
    medusa.delete("customers", gone)
    [product, *_] = medusa.tables["products"]
    medusa.tables["products"][product]["variants"][0]["title"] = "XL"  # moves no clock
    medusa.add("orders")
    retailer.land("shop")
    retailer.assert_holds("shop", medusa.truth())
    assert retailer.findings("shop") == []


def test_a_payment_of_an_old_order_arrives_when_its_day_is_read_again(retailer: Retailer, medusa: MedusaShop) -> None:
    keys = fill(medusa)
    retailer.land("shop")
    medusa.pay(keys[10])  # 171 days old
    assert retailer.land("shop").entities["orders"].rows_landed == 0
    day = (NOW - dt.timedelta(days=171)).date()
    days = Days(day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    assert retailer.land("shop", days=days).entities["orders"].rows_landed == 1
    retailer.assert_holds("shop", medusa.truth())


@pytest.mark.parametrize("good", [1, 4])
def test_what_passes_is_survived(retailer: Retailer, medusa: MedusaShop, good: int) -> None:
    fill(medusa)
    faults = [status(429, Retry_After="0"), status(503), server.cut_body, server.cut_json, server.html, server.reset]
    for fault in faults:
        medusa.faults += [server.send] * good + [fault]
    retailer.land("shop")
    retailer.assert_holds("shop", medusa.truth())
    assert retailer.findings("shop") == []


def wrong_key(medusa: MedusaShop, retailer: Retailer) -> None:
    medusa.key = "sk_other"


def wrong_address(medusa: MedusaShop, retailer: Retailer) -> None:
    retailer.sections["shop"] = retailer.sections["shop"].replace('"\nca', '/app"\nca')
    retailer.write()


def down(medusa: MedusaShop, retailer: Retailer) -> None:
    medusa.faults = [server.send] * 2 + [status(503)] * 20


def refused(medusa: MedusaShop, retailer: Retailer) -> None:
    said = {"type": "invalid_data", "message": "Invalid request: Unrecognized fields: 'foo'"}
    medusa.faults = [server.send] * 2 + [status(400, said)] * 20


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (wrong_key, AccessRefusedError, "the API key is wrong or was revoked"),
        (wrong_address, AccessRefusedError, "Admin API is not at this address; correct `url`"),
        (down, SourceUnavailableError, "answer 503"),
        (refused, AccessRefusedError, "Unrecognized fields: 'foo' .invalid_data."),
    ],
)
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(
    retailer: Retailer,
    medusa: MedusaShop,
    change: Callable[[MedusaShop, Retailer], None],
    error: type[Exception],
    sentence: str,
) -> None:
    medusa.add("orders")
    change(medusa, retailer)
    with pytest.raises(error, match=sentence) as raised:
        retailer.land("shop")
    assert str(raised.value).startswith("shop: ") and KEY not in str(raised.value)
    assert retailer.query("select count(*) from lake_medusa.orders") == [(0,)]


class Stuck(MedusaShop):
    """Ignores where a page should begin, as a cache in front of a shop does."""

    def answer(self, asked: Asked) -> Answer:
        return super().answer(
            Asked(asked.method, asked.path, asked.query, asked.headers, b"", asked.query_text.replace("offset", "o"))
        )


def test_a_page_that_repeats_is_found(retailer: Retailer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__SHOP__API_KEY", KEY)
    monkeypatch.setattr("ingestion.connectors.medusa.reader.PAGE", 3)
    medusa = Stuck()
    retailer.connect("shop", "medusa", medusa)
    for _ in range(8):
        medusa.add("orders")
    with pytest.raises(SourceDefectError, match="repeat or move"):
        retailer.land("shop")
    assert retailer.query("select count(*) from lake_medusa.orders") == [(0,)]


def test_check_says_what_can_be_read_and_no_key_is_written(retailer: Retailer, medusa: MedusaShop) -> None:
    medusa.add("orders", metadata={"said": KEY})
    report = check_systems(retailer.settings)
    assert report.ok and "orders: 1 records, 20" in report.text and "customers: 0 records" in report.text
    retailer.land("shop")
    for path in Path(retailer.root).rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
    medusa.key = "sk_other"
    assert "the API key is wrong or was revoked" in check_systems(retailer.settings).text


def test_a_field_of_another_type_is_put_aside_and_a_lost_one_is_told(retailer: Retailer, medusa: MedusaShop) -> None:
    good = medusa.add("orders", loyalty={"tier": "gold"})
    bad = medusa.add("orders", items="none")
    for order in (good, bad):
        del order["payment_status"]
    retailer.land("shop")
    [(column, reason)] = retailer.query("select column_name, reason from lake.quarantine")
    assert column == "items" and "list was expected, text came" in reason
    assert set(retailer.latest("shop")["orders"]) == {good["id"]}
    log = "select fields_new, fields_gone from lake.landing_log where entity = 'orders' and fields_gone is not null"
    [(new, gone)] = retailer.query(log)
    assert "loyalty" in new and gone == '["payment_status"]'
