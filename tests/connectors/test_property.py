"""Whatever happens in a system between nights, and whatever its clock says: the lake's latest state is the system's."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.connectors import server
from tests.connectors import test_shopify as shopify
from tests.connectors.conftest import Retailer
from tests.connectors.medusa import KEY as MEDUSA_KEY
from tests.connectors.medusa import MedusaShop
from tests.connectors.server import Fault, System, status
from tests.connectors.shopify import ShopifyShop
from tests.connectors.typeform import TypeformAccount
from tests.connectors.woocommerce import WooShop

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
FAULTS: list[Fault] = [status(429), status(503), server.cut_body, server.cut_json, server.html, server.reset]


class Life(Protocol):
    """Random things that happen in a system."""

    random: random.Random

    def happen(self, times: int) -> None: ...


class Deeds:
    """A life of things that are equally likely: each method `do_...` is one of them."""

    random: random.Random

    def happen(self, times: int) -> None:
        names = [name for name in dir(self) if name.startswith("do_")]
        for _ in range(times):
            getattr(self, self.random.choice(names))()


Nights = list[tuple[int, int]]


def live(
    retailer: Retailer,
    name: str,
    system: System,
    life: Life,
    nights: Nights,
    *,
    faults: Sequence[Fault] = FAULTS,
    calm: int = 9,
    assert_equal: Callable[[], None] | None = None,
) -> None:
    """Let things happen before every night, and answers fail in it; after each the lake must be what the system is.

    Args:
        retailer: has the system connected as `name`, and is closed in the end.
        nights: how much happens, and how many answers fail.
        faults: how they fail.
        calm: after how many answers, at the most, the first fails.
        assert_equal: compares lake and system, where the lake has more than the system's own truth.
    """
    for events, failing in nights:
        life.happen(events)
        system.faults = [server.send] * life.random.randint(0, calm)
        system.faults += [life.random.choice(faults) for _ in range(failing)]
        retailer.land(name)
        if assert_equal is None:
            retailer.assert_holds(name, system.truth())
        else:
            assert_equal()
    assert retailer.findings(name) == []
    for table in retailer.system(name).entities:
        landed = f"lake_{retailer.system(name).kind}.{table}"
        assert retailer.query(f"select 1 from {landed} group by record_id, version having count(*) > 1") == []
    retailer.close()


class WooLife(Deeds):
    """Random things that happen in a shop."""

    def __init__(self, shop: WooShop, seed: int) -> None:
        self.shop, self.random = shop, random.Random(seed)

    def do_place(self) -> None:
        self.shop.place(customer=self.random.randint(0, 3), lines=self.random.randint(1, 3))

    def do_import_an_old_order(self) -> None:
        self.shop.place(at=NOW - dt.timedelta(days=self.random.randint(1, 900)))
        order = list(self.shop.tables["orders"])[-1]
        self.shop.edit("orders", order, customer_note="imported")

    def do_edit(self) -> None:
        if order := self.any("orders"):
            self.shop.edit("orders", order, status=self.random.choice(["processing", "completed", "trash", "failed"]))

    def do_refund(self) -> None:
        if order := self.any("orders"):
            self.shop.refund(order, amount=f"{self.random.randint(1, 99)}.00")

    def do_take_a_refund_back(self) -> None:
        orders = [order for order, refunds in self.shop.refunds.items() if refunds]
        if orders:
            order = self.random.choice(orders)
            self.shop.delete_refund(order, next(iter(self.shop.refunds[order])))

    def do_delete(self) -> None:
        table = self.random.choice(["orders", "products", "customers", "products/reviews", "coupons"])
        if key := self.any(table):
            self.shop.delete(table, key)

    def do_add(self) -> None:
        self.shop.add(self.random.choice(["products", "customers", "products/reviews", "coupons"]))

    def do_change_a_customer(self) -> None:
        if customer := self.any("customers"):
            self.shop.edit("customers", customer, first_name=f"N{self.random.randint(0, 99)}")

    def do_vary(self) -> None:
        if product := self.any("products"):
            self.shop.vary(product)

    def do_set_the_clock(self) -> None:
        self.shop.skew = dt.timedelta(minutes=self.random.choice([-180, -60, 0, 0, 45, 180]))

    def any(self, table: str) -> int | None:
        keys = list(self.shop.tables[table])
        return self.random.choice(keys) if keys else None


@pytest.fixture
def every_sweep_is_due(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    monkeypatch.setattr("ingestion.connectors.woocommerce.reader.PAGE", 4)
    yield


def woo_lives(make: Callable[[], Retailer], seed: int, nights: Nights) -> None:
    retailer, shop = make(), WooShop()
    retailer.connect("shop", "woocommerce", shop)
    live(retailer, "shop", shop, WooLife(shop, seed), nights)


NIGHTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=2, max_size=4)
OPTIONS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow
@settings(max_examples=6, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_shop_after_every_night(
    make_retailer: Callable[[], Retailer], every_sweep_is_due: None, seed: int, nights: Nights
) -> None:
    woo_lives(make_retailer, seed, nights)


@pytest.mark.marathon
@settings(max_examples=40, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_shop_after_many_more_nights(
    make_retailer: Callable[[], Retailer], every_sweep_is_due: None, seed: int, nights: Nights
) -> None:
    woo_lives(make_retailer, seed, nights)


class FormLife:
    """Random things that happen in an account of Typeform."""

    def __init__(self, account: TypeformAccount, seed: int) -> None:
        self.account, self.random = account, random.Random(seed)

    def happen(self, times: int) -> None:
        for _ in range(times):
            form = self.random.choice(["abc", "xyz"])
            responses = self.account.responses[form]
            key = self.random.choice(list(responses)) if responses else None
            event = self.random.choice(["respond", "respond", "leave", "complete", "delete", "edit", "clock"])
            at = NOW - dt.timedelta(hours=self.random.randint(0, 500))
            if event == "respond":
                self.account.respond(form, self.random.randint(0, 10), self.random.choice([None, at]))
            elif event == "leave":
                self.account.leave_half_way(form)
            elif event == "complete" and key and responses[key]["response_type"] == "partial":
                self.account.complete(form, key)
            elif event == "delete" and key:
                del responses[key]
            elif event == "edit":
                self.account.forms[form]["title"] = f"Title {self.random.randint(0, 99)}"
            elif event == "clock":
                self.account.skew = dt.timedelta(minutes=self.random.choice([-90, 0, 0, 90]))


@pytest.mark.slow
@settings(max_examples=4, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_account_after_every_night(
    make_retailer: Callable[[], Retailer], monkeypatch: pytest.MonkeyPatch, seed: int, nights: Nights
) -> None:
    monkeypatch.setattr("ingestion.connectors.typeform.reader.PAGE", 3)
    retailer, account = make_retailer(), TypeformAccount()
    retailer.connect("voice", "typeform", account)
    account.add_form("abc")
    account.add_form("xyz")
    live(retailer, "voice", account, FormLife(account, seed), nights)


class ShopifyLife(Deeds):
    """Random things that happen in a shop on Shopify."""

    def __init__(self, shop: ShopifyShop, seed: int) -> None:
        self.shop, self.random = shop, random.Random(seed)

    def do_place(self) -> None:
        self.shop.place(self.any("customers"), lines=self.random.randint(1, 12))

    def do_import_old_orders(self) -> None:
        for _ in range(self.random.randint(1, 6)):
            self.shop.place(at=NOW - dt.timedelta(days=self.random.randint(1, 900)))
            self.shop.edit("orders", list(self.shop.tables["orders"])[-1], sourceName="imported")

    def do_edit(self) -> None:
        if order := self.any("orders"):
            lines = [*self.shop.tables["orders"][order]["lineItems"], self.shop.line(self.random.randint(1, 5))]
            self.shop.edit("orders", order, edited=True, lineItems=lines)

    def do_cancel(self) -> None:
        if order := self.any("orders"):
            self.shop.edit("orders", order, cancelledAt=f"{NOW:%Y-%m-%dT%H:%M:%SZ}", displayFinancialStatus="VOIDED")

    def do_refund(self) -> None:
        if order := self.any("orders"):
            lines = [self.shop.refund_line(order) for _ in range(self.random.choice([0, 1, 2, 60]))]
            self.shop.refund(order, lines, amount=f"{self.random.randint(1, 99)}.00")

    def do_delete(self) -> None:
        table = self.random.choice(list(self.shop.tables))
        if key := self.any(table):
            self.shop.delete(table, key)

    def do_add(self) -> None:
        self.shop.add(self.random.choice(["products", "customers"]))

    def do_erase_a_customer(self) -> None:
        if customer := self.any("customers"):
            self.shop.edit("customers", customer, firstName=None, lastName=None, defaultEmailAddress=None)

    def do_vary(self) -> None:
        if product := self.any("products"):
            variants = [self.shop.variant() for _ in range(self.random.choice([1, 3, 70]))]
            self.shop.edit("products", product, variants=variants)

    def do_set_the_clock(self) -> None:
        self.shop.skew = dt.timedelta(minutes=self.random.choice([-180, -60, 0, 0, 45, 180]))

    def any(self, table: str) -> str | None:
        keys = list(self.shop.tables[table])
        return self.random.choice(keys) if keys else None


SAID_IN_A_200: list[Fault] = [status(200, shopify.THROTTLED), status(200, shopify.INTERNAL)]


def shopify_lives(make: Callable[[], Retailer], seed: int, nights: Nights) -> None:
    retailer, shop = make(), ShopifyShop()
    retailer.connect("shop", "shopify", shop)
    live(retailer, "shop", shop, ShopifyLife(shop, seed), nights, faults=FAULTS + SAID_IN_A_200, calm=20)


@pytest.fixture
def bulk_for_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.connectors.state.State.last_sweep", lambda *_: None)
    monkeypatch.setattr("ingestion.connectors.shopify.reader.BULK_FROM", 4)


@pytest.mark.slow
@settings(max_examples=4, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_shop_on_shopify_after_every_night(
    make_retailer: Callable[[], Retailer], bulk_for_a_few: None, seed: int, nights: Nights
) -> None:
    shopify_lives(make_retailer, seed, nights)


@pytest.mark.marathon
@settings(max_examples=40, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_shop_on_shopify_after_many_more_nights(
    make_retailer: Callable[[], Retailer], bulk_for_a_few: None, seed: int, nights: Nights
) -> None:
    shopify_lives(make_retailer, seed, nights)


class MedusaLife:
    """Random things that happen in a shop on Medusa, whose orders are all younger than its open days."""

    def __init__(self, shop: MedusaShop, seed: int) -> None:
        self.shop, self.random = shop, random.Random(seed)

    def happen(self, times: int) -> None:
        for _ in range(times):
            table = self.random.choice(["orders", "orders", "orders", "customers", "products"])
            keys = list(self.shop.tables[table])
            key = self.random.choice(keys) if keys else None
            event = self.random.choice(["add", "add", "pay", "refund", "edit", "delete", "children", "clock"])
            if event == "add":
                self.shop.add(table, NOW - dt.timedelta(days=self.random.choice([0, 0, 1, 30, 50])))
            elif event == "clock":
                self.shop.skew = dt.timedelta(minutes=self.random.choice([-90, 0, 0, 90]))
            elif key is None:
                continue
            elif event == "delete":
                self.shop.delete(table, key)
            elif event == "edit":
                self.shop.edit(table, key, metadata={"n": self.random.randint(0, 99)})
            elif table == "orders" and event == "pay":
                self.shop.pay(key)
            elif table == "orders" and event == "refund":
                self.shop.refund(key, self.random.randint(1, 99))
            elif table != "orders" and event == "children":
                child = {"customers": "addresses", "products": "variants"}[table]
                self.shop.tables[table][key][child] = self.shop.tables[table][key][child][1:]


@pytest.mark.slow
@settings(max_examples=4, derandomize=True, **OPTIONS)
@given(seed=st.integers(0, 10**6), nights=NIGHTS)
def test_the_lake_is_the_shop_on_medusa_after_every_night(
    make_retailer: Callable[[], Retailer],
    every_sweep_is_due: None,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    nights: Nights,
) -> None:
    monkeypatch.setenv("SOURCES__SHOP__API_KEY", MEDUSA_KEY)
    monkeypatch.setattr("ingestion.connectors.medusa.reader.PAGE", 3)
    retailer, shop = make_retailer(), MedusaShop()
    retailer.connect("shop", "medusa", shop)
    live(retailer, "shop", shop, MedusaLife(shop, seed), nights)
