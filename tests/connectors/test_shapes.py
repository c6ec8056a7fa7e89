"""The test servers answer as the vendors' published schemas and a real server's recorded answers do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from ingestion.check import check_systems
from ingestion.connectors.records import Defect, Shapes
from ingestion.connectors.registry import VENDOR_TABLES
from tests.connectors.conftest import Retailer
from tests.connectors.server import Answer, Asked
from tests.connectors.square import TOKEN as SQUARE_TOKEN
from tests.connectors.square import SquareSeller
from tests.connectors.typeform import TOKEN, TypeformAccount
from tests.connectors.woocommerce import WooShop
from tests.shop import SHARED

SPECS, SAMPLES = SHARED / "specs", SHARED / "samples"
WOOCOMMERCE, TYPEFORM = SPECS / "woocommerce-rest-v3.openapi.yaml", SPECS / "typeform-responses.openapi.json"
SQUARE = SPECS / "square.openapi.json"
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


def square_account() -> SquareSeller:
    seller = SquareSeller()
    seller.give_back(seller.sell())
    customer = seller.add("customers", given_name="Ana")
    account = seller.add("loyalty_accounts", customer_id=customer["id"], program_id="p", balance=3)
    seller.add("loyalty_events", type="ADJUST_POINTS", loyalty_account_id=account["id"], source="SQUARE",
               adjust_points={"loyalty_program_id": "p", "points": 3})  # fmt: skip
    seller.add("catalog", type="ITEM", item_data={"name": "Tea"})
    return seller


@pytest.mark.skipif(not SQUARE.exists(), reason="the vendor's OpenAPI is not here")
def test_a_seller_is_asked_and_answers_as_square_s_openapi_says(retailer: Retailer) -> None:
    document = json.loads(SQUARE.read_text())
    seller = square_account()
    retailer.connect("till", "square", seller)
    retailer.land("till")
    assert check_systems(retailer.settings).ok
    judged = set()
    for asked in seller.asked:
        operation = document["paths"][asked.path][asked.method.lower()]
        headers = {"Authorization": f"Bearer {SQUARE_TOKEN}", "Square-Version": "2025-08-20"}
        answer = seller.answer(Asked(asked.method, asked.path, asked.query, headers, asked.body))
        answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
        _conform(document, answered, json.loads(answer.bytes))
        if asked.method == "POST":
            _conform(
                document, operation["requestBody"]["content"]["application/json"]["schema"], json.loads(asked.body)
            )
        assert set(asked.query) <= {parameter["name"] for parameter in operation["parameters"]}
        judged.add(asked.path)
    assert len(judged) >= 8


def _conform(document: dict[str, Any], schema: dict[str, Any], body: Any) -> None:
    """Judge a body, and refuse fields that the schema does not know: Square answers those with a 400."""
    Draft202012Validator(schema | {"components": document["components"]}).validate(body)
    unknown = list(_unknown(document, schema, body, "$"))
    assert not unknown, unknown


def _unknown(document: dict[str, Any], schema: dict[str, Any], body: Any, place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    known = schema.get("properties")
    if isinstance(body, dict) and known is not None:
        for name, value in body.items():
            if name not in known:
                yield f"{place}.{name}"
            else:
                yield from _unknown(document, known[name], value, f"{place}.{name}")
    elif isinstance(body, list):
        for value in body:
            yield from _unknown(document, schema.get("items", {}), value, f"{place}[]")
