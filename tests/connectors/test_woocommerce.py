"""Landing a WooCommerce shop: complete, incremental, and what was deleted is found."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from ingestion.files import Days
from tests.connectors.conftest import Retailer
from tests.connectors.woocommerce import WooShop

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def assert_equal(retailer: Retailer, shop: WooShop) -> None:
    retailer.assert_holds("shop", shop.truth())


def fill(shop: WooShop) -> None:
    for n in range(3):
        shop.add("customers", NOW - dt.timedelta(days=400 + n))
        shop.add("products", NOW - dt.timedelta(days=400 + n))
        shop.add("products/reviews", NOW - dt.timedelta(days=n))
    shop.add("coupons", NOW - dt.timedelta(days=300))
    for n in range(30):
        shop.place(at=NOW - dt.timedelta(days=17 * n + 1), lines=2)


def test_the_first_load_takes_everything_and_the_second_nothing(retailer: Retailer, shop: WooShop) -> None:
    fill(shop)
    order, product = next(iter(shop.tables["orders"])), next(iter(shop.tables["products"]))
    shop.refund(order)
    shop.vary(product)
    shop.trash("orders", list(shop.tables["orders"])[3])
    first = retailer.land("shop")
    assert_equal(retailer, shop)
    assert first.entities["orders"].rows_landed == 30
    rows = len(retailer.query("select 1 from lake_woocommerce.orders"))
    second = retailer.land("shop")
    assert all(entity.rows_landed == 0 for entity in second.entities.values())
    assert len(retailer.query("select 1 from lake_woocommerce.orders")) == rows == 30
    assert retailer.findings("shop") == []


def test_every_kind_of_change_between_two_nights_arrives(retailer: Retailer, shop: WooShop) -> None:
    fill(shop)
    retailer.land("shop")
    orders, customers = list(shop.tables["orders"]), list(shop.tables["customers"])
    refund = shop.refund(orders[0])
    shop.refund(orders[1])
    shop.trash("orders", orders[2])
    shop.delete("orders", orders[3])  # placed 52 days ago: still inside of the return window
    shop.edit("orders", orders[29], status="refunded")
    shop.edit("customers", customers[0], first_name="Zoë")
    shop.delete("customers", customers[1])
    shop.delete("products/reviews", next(iter(shop.tables["products/reviews"])))
    shop.place()
    retailer.land("shop")
    assert_equal(retailer, shop)
    shop.delete_refund(orders[0], refund["id"])
    shop.edit("orders", orders[2], status="processing")
    retailer.land("shop")
    assert_equal(retailer, shop)
    tombstone = (
        f"select record, deleted_at from lake_woocommerce.orders where record_id = '{orders[3]}' and version = 2"
    )
    [(record, deleted_at)] = retailer.query(tombstone)
    assert json.loads(record)["id"] == orders[3], "a tombstone says what was deleted"
    assert deleted_at is not None
    assert retailer.findings("shop") == []


def test_an_old_order_that_is_deleted_for_good_is_found_by_the_next_sweep(
    retailer: Retailer, shop: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop)
    retailer.land("shop")
    shop.delete("orders", list(shop.tables["orders"])[29])
    retailer.land("shop")
    assert len(retailer.latest("shop")["orders"]) == 30, (
        "not every night, since it takes a call for every hundred orders"
    )
    retailer.sections["shop"] += "sweep_days = 1\n"
    retailer.write()
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: NOW - dt.timedelta(days=2))
    retailer.land("shop")
    assert_equal(retailer, shop)


def test_a_day_can_be_read_again(retailer: Retailer, shop: WooShop) -> None:
    fill(shop)
    retailer.land("shop")
    day = (NOW - dt.timedelta(days=18)).date()
    order = next(o for o in shop.tables["orders"].values() if o["date_modified_gmt"].startswith(str(day)))
    order["total"] = "1.23"  # changed behind the clock's back, in the database
    assert retailer.land("shop").entities["orders"].rows_landed == 0
    days = Days(day - dt.timedelta(days=1), day + dt.timedelta(days=1))
    assert retailer.land("shop", days=days).entities["orders"].rows_landed == 1
    assert_equal(retailer, shop)
