"""One night with a WooCommerce shop and a Typeform account, as the README says it, to published marts."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.server import serving, status
from tests.connectors.typeform import TOKEN, TypeformAccount
from tests.connectors.woocommerce import KEY, SECRET, WooShop
from tests.shop import Shop

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SECRETS = {
    "SOURCES__SHOP__CONSUMER_KEY": KEY,
    "SOURCES__SHOP__CONSUMER_SECRET": SECRET,
    "SOURCES__VOICE__TOKEN": TOKEN,
}


@dataclass
class Connected:
    shop: Shop
    woocommerce: WooShop
    typeform: TypeformAccount
    first: Any


def line(key: int, product: int, quantity: int, subtotal: str, tax: str, total: str, total_tax: str) -> dict[str, Any]:
    return {
        "id": key, "name": "Thing", "product_id": product, "variation_id": 0, "quantity": quantity, "tax_class": "",
        "subtotal": subtotal, "subtotal_tax": tax, "total": total, "total_tax": total_tax, "taxes": [],
        "meta_data": [], "sku": f"SKU-{product}", "price": 1.0, "image": {"id": "", "src": ""}, "parent_name": None,
    }  # fmt: skip


def fill(shop: WooShop, account: TypeformAccount) -> dict[str, int]:
    """An account of one order of two lines with a coupon, part of which comes back; a guest; a test; one in the bin."""
    customer = shop.add("customers", NOW - dt.timedelta(days=300), email="ana@example.org")["id"]
    product = shop.add("products", NOW - dt.timedelta(days=300))["id"]
    lines = [
        line(9001, product, 2, "100.00", "19.00", "90.00", "17.10"),
        line(9002, product, 1, "10.00", "1.90", "10.00", "1.90"),
    ]
    money: dict[str, Any] = {"discount_total": "10.00", "discount_tax": "1.90", "total": "124.83", "total_tax": "19.93"}
    money |= {"shipping_total": "4.90", "shipping_tax": "0.93"}
    paid: dict[str, Any] = {"status": "completed", "date_paid_gmt": f"{NOW - dt.timedelta(days=40):%Y-%m-%dT%H:%M:%S}",
            "date_completed_gmt": f"{NOW - dt.timedelta(days=39):%Y-%m-%dT%H:%M:%S}"}  # fmt: skip
    coupon = [{"id": 9100, "code": "save10", "discount": "10.00", "discount_tax": "1.90", "meta_data": []}]
    order = shop.place(
        customer, at=NOW - dt.timedelta(days=40), line_items=lines, coupon_lines=coupon, **money, **paid
    )["id"]
    back = line(9201, product, -1, "-45.00", "-8.55", "-45.00", "-8.55")
    back["meta_data"] = [{"id": 1, "key": "_refunded_item_id", "value": "9001"}]
    shop.refund(order, "53.55", [back], at=NOW - dt.timedelta(days=30))
    simple: dict[str, Any] = {"total": "11.90", "total_tax": "1.90", "status": "processing"}
    simple |= dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax"), "0.00")
    guest = shop.place(
        0,
        at=NOW - dt.timedelta(days=20),
        line_items=[line(9301, product, 1, "10.00", "1.90", "10.00", "1.90")],
        **simple,
    )["id"]
    meta: dict[str, Any] = {"meta_data": [{"id": 1, "key": "_wcpay_mode", "value": "test"}]}
    test = shop.place(
        0,
        at=NOW - dt.timedelta(days=10),
        line_items=[line(9401, product, 1, "10.00", "1.90", "10.00", "1.90")],
        **simple,
        **meta,
    )["id"]
    bin_ = shop.place(
        0,
        at=NOW - dt.timedelta(days=9),
        line_items=[line(9501, product, 1, "10.00", "1.90", "10.00", "1.90")],
        **simple,
    )["id"]
    shop.trash("orders", bin_)
    shop.tables["orders"][bin_]["date_modified_gmt"] = f"{NOW - dt.timedelta(days=8):%Y-%m-%dT%H:%M:%S}"
    shop.add(
        "products/reviews", NOW - dt.timedelta(days=5), product_id=product, rating=4, reviewer_email="ana@example.org"
    )
    account.add_form("abc")
    account.respond("abc", 9, NOW - dt.timedelta(days=7), hidden={"email": "ana@example.org", "order_id": str(order)})
    account.respond("abc", 3, NOW - dt.timedelta(days=6), hidden={"email": "bo@example.org"})
    return {"order": order, "guest": guest, "test": test, "bin": bin_}


@pytest.fixture(scope="module")
def connected(
    tmp_path_factory: pytest.TempPathFactory, certificates: Path
) -> Iterator[tuple[Connected, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("connected")
    woocommerce, typeform = WooShop(), TypeformAccount()
    orders = fill(woocommerce, typeform)
    with ExitStack() as stack:
        shop_url = stack.enter_context(serving(woocommerce, certificates))
        voice_url = stack.enter_context(serving(typeform, certificates))
        ca = certificates / "ca.pem"
        (folder / "evermart.toml").write_text(
            f'[connectors.shop]\nkind = "woocommerce"\nurl = "{shop_url}"\nca_bundle = "{ca}"\n'
            f'[connectors.voice]\nkind = "typeform"\nurl = "{voice_url}"\nca_bundle = "{ca}"\n'
        )
        shop = Shop(folder)
        first = shop.run("nightly", **SECRETS)
        yield Connected(shop, woocommerce, typeform, first), orders


@pytest.mark.slow
def test_a_night_of_connectors_is_published(connected: tuple[Connected, dict[str, int]]) -> None:
    night, orders = connected
    assert night.first.returncode == 0, night.first.stdout + night.first.stderr
    with night.shop.published() as bi:
        found = bi.execute(
            """select source_order_id, is_valid_order, customer_id is not null, gross_amount, discount_amount,
                returned_amount, net_amount, total_amount from customer.fct_order order by ordered_at"""
        ).fetchall()
        reviews = bi.execute("select rating, is_verified_purchase from feedback.fct_review").fetchall()
        person = bi.execute(
            """select count(distinct customer_id) from customer.customer_record_map
            where customer_id in (select customer_id from customer.fct_order where source_order_id = ?)""",
            [str(orders["order"])],
        ).fetchall()
    assert [row[:3] for row in found] == [
        (str(orders["order"]), True, True),
        (str(orders["guest"]), True, True),
        (str(orders["test"]), False, True),
        (str(orders["bin"]), False, True),
    ]
    assert found[0][3:] == tuple(map(Decimal, ("130.90", "11.90", "53.55", "65.45", "124.83")))
    assert reviews == [(Decimal(4), True)]
    assert person == [(1,)]


@pytest.mark.slow
def test_no_secret_is_written_anywhere(connected: tuple[Connected, dict[str, int]]) -> None:
    night, _ = connected
    night.woocommerce.faults = [status(401, {"code": "x", "message": f"key {KEY} secret {SECRET}"})] * 3
    done = night.shop.run("nightly", **SECRETS)
    printed = done.stdout + done.stderr + night.first.stdout + night.first.stderr
    assert not [secret for secret in SECRETS.values() if secret in printed]
    for folder, _, files in os.walk(night.shop.folder):
        for name in files:
            content = (Path(folder) / name).read_bytes()
            assert not [secret for secret in SECRETS.values() if secret.encode() in content], Path(folder) / name


@pytest.mark.slow
def test_an_outage_of_one_system_does_not_stop_the_night(connected: tuple[Connected, dict[str, int]]) -> None:
    night, _ = connected
    night.woocommerce.secret, night.woocommerce.faults = "cs_another", []
    night.typeform.respond("abc", 10, NOW - dt.timedelta(days=2))
    done = night.shop.run("nightly", **SECRETS)
    night.woocommerce.secret = SECRET
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Consumer secret is invalid" in done.stdout, done.stdout
    with night.shop.published() as bi:
        assert bi.execute("select count(*) from feedback.fct_survey_response").fetchall() == [(3,)]
        assert bi.execute("select count(*) from customer.fct_order").fetchall() == [(4,)]
