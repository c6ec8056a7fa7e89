"""A server that misbehaves: the landing completes or fails with one clear sentence, in bounded time, and resumes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError
from tests.connectors.conftest import Retailer
from tests.connectors.faults import LASTING, PASSING, assert_ended, assert_resumed, assert_survived
from tests.connectors.server import Answer, Asked
from tests.connectors.test_woocommerce import assert_equal, fill
from tests.connectors.woocommerce import KEY, SECRET, WooShop


def some(shop: WooShop) -> None:
    for _ in range(3):
        order = shop.place()
    shop.refund(order["id"])
    shop.add("customers")


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_survived(retailer: Retailer, shop: WooShop, name: str) -> None:
    some(shop)
    assert_survived(retailer, "shop", shop, PASSING[name], assert_equal, good=5)
    assert retailer.findings("shop") == []


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_ends_in_one_sentence_and_nothing_lands(retailer: Retailer, shop: WooShop, name: str) -> None:
    some(shop)
    assert_ended(retailer, "shop", shop, LASTING[name], "orders", (KEY, SECRET), assert_equal)


def wrong_key(retailer: Retailer, shop: WooShop) -> None:
    shop.key = "ck_other"


def wrong_secret(retailer: Retailer, shop: WooShop) -> None:
    shop.secret = "cs_other"


def no_permission(retailer: Retailer, shop: WooShop) -> None:
    shop.forbidden = {"orders"}


def wrong_path(retailer: Retailer, shop: WooShop) -> None:
    retailer.sections["shop"] = retailer.sections["shop"].replace('"\nca', '/blog"\nca')
    retailer.write()


def untrusted(retailer: Retailer, shop: WooShop) -> None:
    retailer.sections["shop"] = "\n".join(line for line in retailer.sections["shop"].splitlines() if "ca_b" not in line)
    retailer.write()


def nobody_there(retailer: Retailer, shop: WooShop) -> None:
    retailer.sections["shop"] = '[connectors.shop]\nkind = "woocommerce"\nurl = "https://127.0.0.1:9"'
    retailer.write()


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (wrong_key, AccessRefusedError, "answer 401: Consumer key is invalid"),
        (wrong_secret, AccessRefusedError, "answer 401: Consumer secret is invalid"),
        (no_permission, AccessRefusedError, "make a key with permission Read"),
        (wrong_path, AccessRefusedError, "API is not at this address; correct `url`"),
        (untrusted, AccessRefusedError, "certificate is not trusted.*`ca_bundle`"),
        (nobody_there, SourceUnavailableError, "nobody answers at this address"),
    ],
)
def test_what_a_person_can_put_right_is_said(
    retailer: Retailer,
    shop: WooShop,
    change: Callable[[Retailer, WooShop], None],
    error: type[Exception],
    sentence: str,
) -> None:
    shop.place()
    change(retailer, shop)
    with pytest.raises(error, match=sentence):
        retailer.land("shop")
    assert len(shop.asked) < 12, "what cannot pass is not tried again"


def test_a_secret_that_is_not_set_is_named_with_its_places(
    retailer: Retailer, shop: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__SHOP__CONSUMER_SECRET")
    with pytest.raises(AccessRefusedError, match=r"SOURCES__SHOP__CONSUMER_SECRET .*\.dlt/secrets\.toml"):
        retailer.land("shop")


class Stuck(WooShop):
    """Ignores where a page should begin, as a cache in front of a shop does."""

    def answer(self, asked: Asked) -> Answer:
        asked.query.pop("offset", None)
        return super().answer(asked)


def test_a_page_that_repeats_is_found(retailer: Retailer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.connectors.woocommerce.reader.PAGE", 3)
    shop = Stuck()
    retailer.connect("shop", "woocommerce", shop)
    for _ in range(8):
        shop.place()
    with pytest.raises(SourceDefectError, match="repeat or move"):
        retailer.land("shop")
    assert retailer.query("select count(*) from lake_woocommerce.orders") == [(0,)]


class Shrinking(WooShop):
    """Loses an order while its list is read, once."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/orders") and asked.query.get("offset") == "2" and len(self.tables["orders"]) == 8:
            self.delete("orders", min(self.tables["orders"]))
        return super().answer(asked)


def test_a_record_that_leaves_while_pages_are_read_takes_no_other_along(
    retailer: Retailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.woocommerce.reader.PAGE", 3)
    shop = Shrinking()
    retailer.connect("shop", "woocommerce", shop)
    for _ in range(8):
        shop.place()
    retailer.land("shop")
    rows = {key for (key,) in retailer.query("select record_id from lake_woocommerce.orders")}
    assert rows >= set(shop.truth()["orders"])


def test_a_table_that_is_suddenly_empty_is_not_believed(retailer: Retailer, shop: WooShop) -> None:
    for _ in range(30):
        shop.add("customers")
    retailer.land("shop")
    shop.tables["customers"].clear()
    with pytest.raises(SourceDefectError, match="30 of 30 customers are gone at once"):
        retailer.land("shop")
    retailer.sections["shop"] += "allow_mass_deletion = true\n"
    retailer.write()
    retailer.land("shop")
    assert_equal(retailer, shop)


def test_a_first_load_that_breaks_off_goes_on_where_it_was(
    retailer: Retailer, shop: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connectors.passes.BATCH_RECORDS", 5)
    fill(shop)
    assert_resumed(retailer, "shop", shop, "orders", 30, assert_equal, good=45)


class Mangled(WooShop):
    """Writes one letter in another encoding, as shops do whose database was moved."""

    def answer(self, asked: Asked) -> Answer:
        answer = super().answer(asked)
        return Answer(answer.bytes.replace(b"MANGLED", b"Caf\xe9"), answer.status, answer.headers)


def test_a_record_that_is_not_utf8_is_put_aside_and_takes_no_other_along(retailer: Retailer) -> None:
    shop = Mangled()
    retailer.connect("shop", "woocommerce", shop)
    good, bad = shop.place(), shop.place(customer_note="MANGLED")
    retailer.land("shop")
    assert set(retailer.latest("shop")["orders"]) == {str(good["id"])} != {str(bad["id"])}
    [(reason, payload)] = retailer.query("select distinct reason, payload from lake.quarantine")
    assert reason == "not UTF-8" and "Caf\ufffd" in payload


def test_a_field_of_another_type_is_put_aside_and_a_new_one_is_kept(retailer: Retailer, shop: WooShop) -> None:
    good = shop.place()
    retailer.land("shop")
    shop.edit("orders", good["id"], loyalty={"tier": "gold"})
    bad = shop.place()
    bad["line_items"] = "none"
    for order in shop.tables["orders"].values():
        del order["total_tax"]
    retailer.land("shop")
    rows = retailer.query("select column_name, column_value, reason from lake.quarantine")
    assert rows == [
        ("line_items", '"none"', "its type has changed: list was expected, text came; staging must learn it first")
    ]
    [(new, gone)] = retailer.query(
        "select fields_new, fields_gone from lake.landing_log where entity = 'orders' "
        "and fields_new is not null order by _known_at desc limit 1"
    )
    assert "loyalty" in new and gone == '["total_tax"]'
    assert str(bad["id"]) not in {key for (key,) in retailer.query("select record_id from lake_woocommerce.orders")}


def test_a_refund_that_is_put_aside_is_not_taken_for_deleted(retailer: Retailer, shop: WooShop) -> None:
    order = shop.place()
    refund = shop.refund(order["id"])
    retailer.land("shop")
    before = retailer.latest("shop")["order_refunds"]
    assert set(before) == {str(refund["id"])}
    refund["line_items"] = "none"
    shop.edit("orders", order["id"], customer_note="looked at again")
    retailer.land("shop")
    assert retailer.latest("shop")["order_refunds"] == before
    assert retailer.query("select entity from lake.quarantine") == [("order_refunds",)]
    assert [finding.kind for finding in retailer.findings("shop")] == ["share"], "all is accounted for"
