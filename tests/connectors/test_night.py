"""One night with a WooCommerce shop, Tryton tills and accounts of Typeform and Klaviyo, from the docs' words, to marts.

The words are those of the README, and for Klaviyo those of its page.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.klaviyo import KEY as KLAVIYO_KEY
from tests.connectors.klaviyo import KlaviyoAccount
from tests.connectors.server import serving, status
from tests.connectors.typeform import TOKEN, TypeformAccount
from tests.connectors.woocommerce import KEY, SECRET, WooShop
from tests.databases.servers import TILL_PASSWORD, TILL_USER, Server
from tests.databases.systems import fill_tryton
from tests.shop import Shop

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
README = Path(__file__).resolve().parents[2] / "README.md"
KLAVIYO_PAGE = README.parent / "docs" / "sources" / "klaviyo.md"
# What the README leaves open, and what this retailer writes there.
SECRETS = {
    "ck_...": KEY,
    "cs_...": SECRET,
    "tfp_...": TOKEN,
    "pk_...": KLAVIYO_KEY,
    '"..."': f'"{TILL_PASSWORD}"',
    '"evermart"': f'"{TILL_USER}"',
}


@dataclass
class Connected:
    shop: Shop
    woocommerce: WooShop
    typeform: TypeformAccount
    orders: dict[str, int]
    check: Any
    first: Any


def line(key: int, product: int, quantity: int, subtotal: str, tax: str, total: str, total_tax: str) -> dict[str, Any]:
    return {
        "id": key, "name": "Thing", "product_id": product, "variation_id": 0, "quantity": quantity, "tax_class": "",
        "subtotal": subtotal, "subtotal_tax": tax, "total": total, "total_tax": total_tax, "taxes": [],
        "meta_data": [], "sku": f"SKU-{product}", "price": 1.0, "image": {"id": "", "src": ""}, "parent_name": None,
    }  # fmt: skip


def fill(shop: WooShop, account: TypeformAccount) -> dict[str, int]:
    """An account of one order of two lines with a coupon, part of which comes back; a guest; a test; one in the bin."""
    customer = shop.add("customers", NOW - dt.timedelta(days=300), email="ana@posteo.de")["id"]
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


def post(account: KlaviyoAccount) -> None:
    """The shop's customer opens a mail and leaves; Bo, whom nobody else knows, has a program that opens for him."""
    before = NOW - dt.timedelta(days=90)
    buyer = account.join("ana@posteo.de", before, first_name="Jörg", last_name="Smith")["id"]
    bo = account.join("bo@posteo.de", before, first_name="Bo", last_name="Berg")["id"]
    for person, sent_before in ((buyer, 12), (bo, 11)):
        campaign = account.add_campaign("Autumn")["id"]
        sent = account.send(campaign, person, NOW - dt.timedelta(days=sent_before))
        account.follow(sent, "Opened Email", NOW - dt.timedelta(days=sent_before - 1), machine_open=person == bo)
    account.leave(buyer, NOW - dt.timedelta(days=8))


def words_of_the_readme() -> tuple[str, str]:
    """Return the settings and the secrets that the README, and the page on Klaviyo, tell a retailer to write."""
    section = README.read_text(encoding="utf-8").split("## Connect your shop, tills and surveys")[1].split("\n## ")[0]
    blocks = [re.findall(r"```toml\n(.*?)```", text, re.DOTALL) for text in (section, KLAVIYO_PAGE.read_text("utf-8"))]
    settings, secrets = ("\n".join(found).replace("\n   ", "\n") for found in zip(*blocks, strict=True))
    return settings, secrets


def filled_in(text: str, values: dict[str, str]) -> str:
    for written, value in values.items():
        assert written in text, f"the README says {written}"
        text = text.replace(written, value)
    return text


def fill_tills(server: Server) -> None:
    engine = server.create_database("tryton")

    def run(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    run(*(f"grant select on {table} to {TILL_USER}" for table in fill_tryton(run)))
    engine.dispose()


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory, certificates: Path, postgres: Server) -> Iterator[Connected]:
    """A retailer who has done what the README says, after a check and a first night."""
    folder = tmp_path_factory.mktemp("connected")
    woocommerce, typeform = WooShop(), TypeformAccount()
    orders = fill(woocommerce, typeform)
    fill_tills(postgres)
    klaviyo = KlaviyoAccount()
    post(klaviyo)
    settings, secrets = words_of_the_readme()
    with ExitStack() as stack:
        ca = f'\nca_bundle = "{certificates / "ca.pem"}"'
        urls = {
            '"https://shop.example.com"': f'"{stack.enter_context(serving(woocommerce, certificates))}"{ca}',
            '"https://api.typeform.com"': f'"{stack.enter_context(serving(typeform, certificates))}"{ca}',
            '"https://a.klaviyo.com"': f'"{stack.enter_context(serving(klaviyo, certificates))}"{ca}',
            "pos.example.com:5432": f"127.0.0.1:{postgres.port}",
        }
        (folder / "evermart.toml").write_text(filled_in(settings, urls))
        (folder / ".dlt").mkdir()
        (folder / ".dlt" / "secrets.toml").write_text(filled_in(secrets, SECRETS))
        shop = Shop(folder)
        check = shop.run("check")
        yield Connected(shop, woocommerce, typeform, orders, check, shop.run("nightly"))


@pytest.fixture(scope="module")
def outage(connected: Connected) -> Any:
    """What a second night prints, in which the shop's key no longer holds, and the shop repeats it in its answer."""
    connected.typeform.respond("abc", 10, NOW - dt.timedelta(days=2))
    said = {"code": "woocommerce_rest_authentication_error", "message": f"Consumer secret is invalid: {KEY}, {SECRET}"}
    connected.woocommerce.faults = [status(401, said)] * 100
    return connected.shop.run("nightly")


@pytest.mark.slow
def test_the_check_says_what_each_system_lets_us_read(connected: Connected) -> None:
    said = connected.check.stdout
    assert connected.check.returncode == 0, said + connected.check.stderr
    for line in ("orders: 4 records", "responses: 2 records", "sales: 3 rows, days ", "events: 5 records"):
        assert line in said
    assert "Everything can land." in said


@pytest.mark.slow
def test_a_night_of_a_shop_tills_and_surveys_is_published(connected: Connected) -> None:
    assert connected.first.returncode == 0, connected.first.stdout + connected.first.stderr
    orders = connected.orders
    # What the second night must not change is asked for, since it may have run.
    with connected.shop.published() as bi:
        found = bi.execute(
            """select source_order_id, is_valid_order, customer_id is not null, gross_amount, discount_amount,
                returned_amount, net_amount, total_amount from customer.fct_order
            where source_system = 'my_shop' order by ordered_at"""
        ).fetchall()
        sold = bi.execute(
            """select source_order_id, is_valid_order, customer_id, gross_amount, net_amount from customer.fct_order
            where source_system = 'my_tills' order by 1"""
        ).fetchall()
        stores = bi.execute("select store_name from customer.dim_store").fetchall()
        returned = bi.execute(
            "select sum(amount) from customer.fct_refund_line where source_system = 'my_tills'"
        ).fetchall()
        reviews = bi.execute("select rating, is_verified_purchase from feedback.fct_review").fetchall()
        answered = bi.execute(
            "select count(*) from feedback.fct_survey_response where order_key is not null"
        ).fetchall()
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
    assert sold == [
        ("1", True, None, Decimal("3.57"), Decimal("3.57")),
        ("3", False, None, Decimal("1.19"), Decimal("1.19")),
        ("4", False, None, Decimal("1.19"), Decimal("1.19")),
    ]
    assert stores == [("Kolonaki",)]
    assert returned == [(Decimal("1.19"),)]
    assert reviews == [(Decimal(4), True)]
    assert answered == [(1,)]
    assert person == [(1,)]


@pytest.mark.slow
def test_messages_and_consents_of_the_mailing_tool_are_those_of_the_shop_s_customers(connected: Connected) -> None:
    with connected.shop.published() as bi:
        messages = bi.execute(
            """select count(orders.customer_id) > 0, campaign, is_delivered, is_opened, is_machine_opened
            from feedback.fct_message as messages
            left join customer.fct_order as orders
                on messages.customer_id = orders.customer_id and orders.source_order_id = ?
            group by all order by 1 desc""",
            [str(connected.orders["order"])],
        ).fetchall()
        consents = bi.execute(
            """select decision, count(*) from customer.customer_consent
            where is_current and consent_channel = 'email' group by all order by 1"""
        ).fetchall()
    assert messages == [(True, "Autumn", True, True, False), (False, "Autumn", True, False, True)]
    assert consents == [("granted", 1), ("withdrawn", 1)]


@pytest.mark.slow
def test_an_outage_of_one_system_does_not_stop_the_night(connected: Connected, outage: Any) -> None:
    assert outage.returncode == 0, outage.stdout + outage.stderr
    assert "Consumer secret is invalid" in outage.stdout, outage.stdout
    with connected.shop.published() as bi:
        assert bi.execute("select count(*) from feedback.fct_survey_response").fetchall() == [(3,)]
        assert bi.execute("select count(*) from customer.fct_order").fetchall() == [(7,)]


@pytest.mark.slow
def test_no_secret_is_written_anywhere(connected: Connected, outage: Any) -> None:
    secrets = {KEY, SECRET, TOKEN, TILL_PASSWORD, KLAVIYO_KEY}
    ways = (connected.check, connected.first, outage)
    printed = "".join(done.stdout + done.stderr for done in ways)
    assert not [secret for secret in secrets if secret in printed]
    for folder, _, files in os.walk(connected.shop.folder):
        for name in files:
            if name != "secrets.toml":
                content = (Path(folder) / name).read_bytes()
                assert not [secret for secret in secrets if secret.encode() in content], Path(folder) / name
