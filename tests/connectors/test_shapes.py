"""The test servers answer as the vendors' published schemas and a real server's recorded answers do."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from ingestion.connectors.records import Defect, Shapes
from ingestion.connectors.registry import VENDOR_TABLES
from tests.connectors.server import Answer, Asked
from tests.connectors.typeform import TOKEN, TypeformAccount
from tests.connectors.woocommerce import WooShop
from tests.shop import SHARED

SPECS, SAMPLES = SHARED / "specs", SHARED / "samples"
WOOCOMMERCE, TYPEFORM = SPECS / "woocommerce-rest-v3.openapi.yaml", SPECS / "typeform-responses.openapi.json"
RECORDED = {
    "orders": "orders",
    "customers": "customers",
    "products": "products",
    "product_reviews": "products_reviews",
    "coupons": "coupons",
    "order_refunds": "order_refunds",
}


@pytest.mark.skipif(not WOOCOMMERCE.exists(), reason="the vendor's OpenAPI is not here")
@pytest.mark.parametrize(
    ("path", "record"), [("/orders", "orders"), ("/customers", "customers"), ("/products", "products")]
)
def test_the_shop_answers_as_its_openapi_says(path: str, record: str) -> None:
    document = yaml.safe_load(WOOCOMMERCE.read_text())
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    shop = WooShop()
    shop.place()
    shop.add("customers")
    shop.add("products")
    rows = json.loads(Answer(list(shop.truth()[record].values())).bytes)
    validator = Draft202012Validator(schema | {"components": document["components"]})
    # The published document is stricter than shops are: what is wrong with ours must be wrong with a real one's too.
    sample = json.loads((SAMPLES / "woocommerce" / f"{record}.json").read_text())
    real = {_place(error) for error in validator.iter_errors(sample)}
    assert {_place(error) for error in validator.iter_errors(rows)} <= real


@pytest.mark.skipif(not WOOCOMMERCE.exists(), reason="the vendor's OpenAPI is not here")
def test_the_parameters_that_are_sent_are_in_the_openapi() -> None:
    document = yaml.safe_load(WOOCOMMERCE.read_text())
    known = {parameter["name"] for parameter in document["paths"]["/orders"]["get"]["parameters"]}
    sent = {"modified_after", "modified_before", "dates_are_gmt", "include", "status", "orderby", "order", "per_page"}
    assert sent | {"offset", "after"} <= known


@pytest.mark.skipif(not TYPEFORM.exists(), reason="the vendor's schema is not here")
def test_the_account_answers_as_its_schema_says() -> None:
    document = json.loads(TYPEFORM.read_text())
    answered = document["paths"]["/forms/{form_id}/responses"]["get"]["responses"]["200"]
    account = TypeformAccount()
    account.add_form("abc")
    account.respond("abc")
    answer = account.answer(Asked("GET", "/forms/abc/responses", {}, {"Authorization": f"Bearer {TOKEN}"}))
    Draft202012Validator(answered["content"]["application/json"]["schema"]).validate(json.loads(answer.bytes))


@pytest.mark.skipif(not (SAMPLES / "woocommerce").exists(), reason="recorded answers are not here")
@pytest.mark.parametrize("table", RECORDED)
def test_what_a_real_shop_sent_is_taken_without_defect(table: str) -> None:
    shapes = Shapes(VENDOR_TABLES["woocommerce"][table])
    body = (SAMPLES / "woocommerce" / f"{RECORDED[table]}.json").read_bytes()
    found = [shapes.take(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    assert found and not [record for record in found if isinstance(record, Defect)]
    assert shapes.gone == []


def _place(error: Any) -> str:
    return "/".join("*" if isinstance(part, int) else str(part) for part in error.absolute_path) + f":{error.validator}"
