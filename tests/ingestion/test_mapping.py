"""Every mistake in a mapping file is told: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ingestion.errors import MappingError
from ingestion.mapping import load_systems
from ingestion.settings import load_settings
from tests.ingestion.conftest import ORDERS, Shop


def changed(**columns: Any) -> dict[str, Any]:
    return ORDERS | {"columns": ORDERS["columns"] | columns}


@pytest.mark.parametrize(
    ("document", "entities", "message"),
    [
        ({}, {"orderz": ORDERS}, r"entity 'orderz' is not in the contract of kind eshop; known: customers, products"),
        ({}, {"orders": changed(totl="x")}, r"entity 'orders': unknown column totl; known: order_id"),
        ({}, {"orders": {"files": "*", "columns": {"order_id": "id"}}}, r"required column status, .* is not mapped"),
        ({"time_zone": "Athens"}, {"orders": ORDERS}, r"time_zone: 'Athens' is not an IANA time zone"),
        ({"kind": "shop"}, {"orders": ORDERS}, r"kind: .*'eshop', 'pos', 'survey' or 'service'"),
        ({"system": "My Shop"}, {"orders": ORDERS}, r"system: "),
        ({"colour": "red"}, {"orders": ORDERS}, r"colour: unknown key; known: system, kind, location"),
        ({"format": {"delimeter": ";"}}, {"orders": ORDERS}, r"format.delimeter: unknown key; known: type, delimiter"),
        ({"format": {"delimiter": ";;"}}, {"orders": ORDERS}, r"delimiter: ';;' must be one character"),
        ({"format": {"encoding": "klingon"}}, {"orders": ORDERS}, r"encoding: 'klingon' is not an encoding"),
        ({"format": {"header": False}}, {"orders": ORDERS}, r"header: a file without a header line needs"),
        ({"format": {"thousands": "."}}, {"orders": ORDERS}, r"the decimal separator too"),
        ({}, {"orders": ORDERS | {"files": "{day}.csv"}}, r"no other placeholder"),
        ({}, {"orders": ORDERS | {"files": "{date}.csv"}}, r"add partitions: \{start: 2024-01-01\}"),
        ({}, {"orders": ORDERS | {"files": "../x.csv"}}, r"stay below it"),
        ({}, {"orders": ORDERS | {"filter": "x"}}, r"filter: unknown key; known: files, format, where"),
        ({}, {"orders": ORDERS | {"where": "id in (select 1)"}}, r"where: .*subquery"),
        ({}, {"orders": changed(total_amount={"expr": "sum(total)"})}, r"columns.total_amount.expr: .*aggregates"),
        ({}, {"orders": changed(total_amount={"expr": "total +"})}, r"is not a SQL expression"),
        ({}, {"orders": changed(updated_at={"expr": "now()"})}, r"changes between runs"),
        ({}, {"orders": changed(updated_at={"expr": "a over ()"})}, r"is not a SQL expression|window"),
        ({}, {"orders": changed(total_amount={"column": "a", "value": 1})}, r"give exactly one of: column"),
        ({}, {"orders": changed(total_amount={"colum": "a"})}, r"unknown key; known: column, value, expr"),
        (
            {},
            {"orders": changed(total_amount={"column": "a", "format": "%d"})},
            r"for dates and timestamps; this is decimal",
        ),
        ({}, {"orders": changed(status={"value": "done"})}, r"done is not among the contract's values draft"),
        ({}, {"orders": changed(status={"column": "s", "values": {"C": "gone"}})}, r"gone is not among"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(
    shop: Shop, document: dict[str, Any], entities: dict[str, Any], message: str
) -> None:
    shop.document |= document
    shop.entities = entities
    with pytest.raises(MappingError, match=message) as error:
        _ = shop.system
    assert str(shop.root / "mapping.yml") in str(error.value)


def test_yaml_that_cannot_be_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop.root / "a.yml").write_text("system: [")
    monkeypatch.setenv("EVERMART_SOURCES__MAPPINGS", '["a.yml"]')
    with pytest.raises(MappingError, match="cannot be read as YAML"):
        load_systems(load_settings())


def test_two_systems_must_not_share_a_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.yml", "b.yml"):
        (shop.root / name).write_text(yaml.safe_dump(shop.document | {"entities": shop.entities}))
    monkeypatch.setenv("EVERMART_SOURCES__MAPPINGS", '["a.yml", "b.yml"]')
    with pytest.raises(MappingError, match=r"b.yml: system 'shop' is already mapped by .*a.yml"):
        load_systems(load_settings())


def test_locations_are_relative_to_the_mapping(shop: Shop) -> None:
    assert shop.system.location == str(shop.root / "files")
    shop.document["location"] = "s3://bucket/drop/"
    assert shop.system.location == "s3://bucket/drop"
    shop.document["location"] = "{sample}/webshop"
    assert shop.system.location == str(shop.settings.sample_path / "webshop")


def test_the_sample_is_used_when_nothing_is_configured(shop: Shop) -> None:
    assert {system.kind for system in load_systems(shop.settings)} == {"eshop", "pos", "survey", "service"}
