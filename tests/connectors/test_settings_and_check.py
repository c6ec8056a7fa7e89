"""What a person sees before anything runs: wrong sections, misplaced secrets, and `make check`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from ingestion.check import check_systems
from ingestion.connectors.connector import Connector
from ingestion.connectors.secrets import Secrets, find_secrets
from ingestion.errors import MappingError
from ingestion.settings import SettingsError, load_settings
from ingestion.systems import load_sources
from tests.connectors.conftest import Retailer
from tests.connectors.server import Answer
from tests.connectors.typeform import TypeformAccount
from tests.connectors.woocommerce import KEY, SECRET, WooShop


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ('[connectors.shop]\nkind = "woocommerse"\nurl = "https://a.example"', "woocommerse"),
        ('[connectors.shop]\nkind = "woocommerce"', "connectors.shop.woocommerce.url: Field required"),
        ('[connectors.shop]\nkind = "woocommerce"\nurl = "http://a.example"', "with https://"),
        ('[connectors.shop]\nkind = "woocommerce"\nurl = "https://u:hush@a.example"', "more than host and path"),
        ('[connectors.My-Shop]\nkind = "woocommerce"\nurl = "https://a.example"', "pattern"),
        (
            '[connectors.shop]\nkind = "woocommerce"\nurl = "https://a.example"\nsweep_days = 0',
            "greater than or equal to 1",
        ),
    ],
)
def test_a_wrong_section_is_named_before_anything_starts(retailer: Retailer, section: str, sentence: str) -> None:
    retailer.sections["shop"] = section
    retailer.write()
    with pytest.raises(SettingsError, match=sentence) as raised:
        load_settings()
    assert "hush" not in str(raised.value)


def test_a_secret_in_the_settings_is_refused_and_not_repeated(retailer: Retailer) -> None:
    retailer.sections["shop"] = (
        f'[connectors.shop]\nkind = "woocommerce"\nurl = "https://a.example"\nconsumer_secret = "{SECRET}"'
    )
    retailer.write()
    with pytest.raises(SettingsError, match=r"SOURCES__SHOP__.*secrets\.toml") as raised:
        load_settings()
    trail = [raised.value, raised.value.__cause__]
    assert not [error for error in trail if error and SECRET in str(error)]


def test_a_connector_may_not_have_the_name_of_a_mapped_system(retailer: Retailer) -> None:
    (retailer.root / "mapping.yml").write_text(
        "system: shop\nkind: eshop\nlocation: .\nentities: {products: {files: x.csv, columns: {product_id: id}}}\n"
    )
    retailer.sections |= {
        "mapped": '[sources]\nmappings = ["mapping.yml"]',
        "shop": '[connectors.shop]\nkind = "woocommerce"\nurl = "https://a.example"',
    }
    retailer.write()
    with pytest.raises(MappingError, match="give each its own name"):
        load_sources(load_settings())


def test_secrets_cannot_be_printed_and_are_struck_out(retailer: Retailer, shop: WooShop) -> None:
    system = retailer.system("shop")
    assert isinstance(system, Connector)
    secrets = find_secrets(system)
    assert SECRET not in repr(secrets) + str(secrets.__dict__["_values"])
    said = f"Bad key {KEY} with {SECRET}"
    assert secrets.strike(said) == "Bad key *** with ***"
    assert secrets.strike_bytes(said.encode()) == b"Bad key *** with ***"
    assert SECRET not in str(retailer.settings)


def test_secrets_are_struck_out_however_they_are_written() -> None:
    password = 'pä/ss "w+rd'
    secrets = Secrets({"password": SecretStr(password)})
    forms = [json.dumps(password), json.dumps(password, ensure_ascii=False), json.dumps(password).replace("/", "\\/")]
    forms += [quote(password, safe=""), quote_plus(password), b64encode(password.encode()).decode()]
    for form in forms:
        assert secrets.strike(f"sent: {form}").strip('"') in ("sent: ***", 'sent: "***'), form


def test_check_says_what_each_system_lets_us_read(retailer: Retailer, shop: WooShop) -> None:
    account = TypeformAccount()
    retailer.connect("voice", "typeform", account)
    for _ in range(3):
        shop.place()
    shop.add("customers")
    account.add_form("abc")
    account.respond("abc")
    report = check_systems(retailer.settings)
    assert report.ok
    assert "orders: 3 records, 20" in report.text and "responses: 1 records, 20" in report.text
    assert "order_refunds: read for each of the orders that changes" in report.text
    assert "a first load takes about" in report.text
    assert retailer.query("select count(*) from lake.landing_log") == [(0,)], "a check lands nothing"
    assert len(shop.asked) < 40


def test_check_names_a_missing_permission_and_goes_on(
    retailer: Retailer, shop: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = TypeformAccount()
    retailer.connect("voice", "typeform", account)
    account.add_form("abc")
    account.forbidden = {"responses"}
    shop.place()
    shop.forbidden = {"customers"}
    report = check_systems(retailer.settings)
    assert not report.ok
    assert "FAILED   customers: " in report.text and "permission Read" in report.text
    assert "orders: 1 records" in report.text
    assert "the token lacks a scope; make one with forms:read and responses:read" in report.text
    monkeypatch.setenv("SOURCES__VOICE__TOKEN", "tfp_wrong")
    assert "the token is wrong or has expired" in check_systems(retailer.settings).text
    monkeypatch.delenv("SOURCES__VOICE__TOKEN")
    assert "token is not set; set SOURCES__VOICE__TOKEN" in check_systems(retailer.settings).text


class Circle(TypeformAccount):
    """Gives the same page whatever it is asked to go on from."""

    def _responses(self, form: str, query: dict[str, str]) -> Answer:
        query.pop("before", None)
        return super()._responses(form, query)


def test_a_cursor_that_leads_in_a_circle_is_found(
    make_retailer: Callable[[], Retailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingestion.errors import SourceDefectError

    monkeypatch.setattr("ingestion.connectors.typeform.reader.PAGE", 2)
    retailer, account = make_retailer(), Circle()
    retailer.connect("voice", "typeform", account)
    account.add_form("abc")
    for _ in range(5):
        account.respond("abc")
    with pytest.raises(SourceDefectError, match="in a circle"):
        retailer.land("voice")
    assert retailer.query("select count(*) from lake_typeform.responses") == [(0,)]
