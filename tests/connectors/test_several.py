"""Two systems of one kind at once, with the same ids in both: each keeps its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.connectors import klaviyo, medusa, shopify, square, typeform, woocommerce, zendesk
from tests.connectors.conftest import Retailer
from tests.connectors.limesurvey import PASSWORD, LimeSurvey
from tests.connectors.server import System


def woo(records: int) -> System:
    shop = woocommerce.WooShop()
    for _ in range(records):
        shop.place()
    return shop


def shopify_shop(records: int) -> System:
    shop = shopify.ShopifyShop()
    for _ in range(records):
        shop.place()
    return shop


def medusa_shop(records: int) -> System:
    shop = medusa.MedusaShop()
    for _ in range(records):
        shop.add("orders")
    return shop


def seller(records: int) -> System:
    seller = square.SquareSeller()
    for _ in range(records):
        seller.sell()
    return seller


def typeform_account(records: int) -> System:
    account = typeform.TypeformAccount()
    account.add_form("abc")
    for n in range(records):
        account.respond("abc", score=n)
    return account


def klaviyo_account(records: int) -> System:
    account = klaviyo.KlaviyoAccount()
    for n in range(records):
        account.send("M", account.join(f"{n}@example.org")["id"])
    return account


def limesurvey(records: int) -> System:
    lime = LimeSurvey()
    lime.add_survey(541147)
    for n in range(records):
        lime.respond(541147, score=n)
    return lime


def desk(records: int) -> System:
    desk = zendesk.ZendeskAccount()
    for _ in range(records):
        desk.open()
    return desk


Made = Callable[[int], System]
KINDS: dict[str, tuple[Made, dict[str, str], str]] = {
    "klaviyo": (klaviyo_account, {"API_KEY": klaviyo.KEY}, ""),
    "limesurvey": (limesurvey, {"PASSWORD": PASSWORD}, 'user = "evermart"'),
    "medusa": (medusa_shop, {"API_KEY": medusa.KEY}, ""),
    "shopify": (
        shopify_shop,
        {"CLIENT_ID": shopify.CLIENT_ID, "CLIENT_SECRET": shopify.CLIENT_SECRET, "ACCESS_TOKEN": shopify.TOKEN},
        "",
    ),
    "square": (seller, {"TOKEN": square.TOKEN}, ""),
    "typeform": (typeform_account, {"TOKEN": typeform.TOKEN}, ""),
    "woocommerce": (woo, {"CONSUMER_KEY": woocommerce.KEY, "CONSUMER_SECRET": woocommerce.SECRET}, ""),
    "zendesk": (desk, {"API_TOKEN": zendesk.API_TOKEN}, f'user = "{zendesk.USER}"'),
}


@pytest.mark.parametrize("kind", KINDS)
def test_two_systems_of_one_kind_stay_apart(retailer: Retailer, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    make, secrets, settings = KINDS[kind]
    systems = {"one": make(1), "other": make(3)}
    for name, system in systems.items():
        for secret, value in secrets.items():
            monkeypatch.setenv(f"SOURCES__{name.upper()}__{secret}", value)
        retailer.connect(name, kind, system, settings)
        retailer.land(name)
    landed = {name: {table: set(records) for table, records in retailer.latest(name).items()} for name in systems}
    assert landed == {
        name: {table: set(records) for table, records in system.truth().items()} for name, system in systems.items()
    }
    assert any(landed["one"][table] & landed["other"][table] for table in landed["one"])
