"""Every query that a landing sends is valid in the schema that Shopify publishes; the test shop answers as it says."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from typing import Any

import graphql
import pytest

from ingestion.check import check_systems
from ingestion.connectors.shopify import queries
from ingestion.connectors.shopify.config import ShopifyConfig
from ingestion.connectors.shopify.queries import selections
from tests.connectors import server
from tests.connectors.conftest import Retailer
from tests.connectors.shopify import ShopifyShop

PACKAGE = "@shopify/dev-mcp@1.16.0"
VERSIONS = ["2026-10", "2026-07"]
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], graphql.GraphQLSchema]:
    """The schemas that npm's package carries, by version."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so Shopify's schema cannot be fetched")
    folder = tmp_path_factory.mktemp("schema")
    done = subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm does not give {PACKAGE}: {done.stderr.strip()[-200:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        package.extractall(folder, filter="data")

    def read(version: str) -> graphql.GraphQLSchema:
        path = next(folder.rglob(f"admin_{version}.json.gz"))
        return graphql.build_client_schema(json.loads(gzip.decompress(path.read_bytes()))["data"], assume_valid=True)

    return read


class Overheard(ShopifyShop):
    """Remembers each query with its variables and its answer."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.heard: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    def _query(self, body: dict[str, Any], asked: server.Asked) -> dict[str, Any]:
        answer = super()._query(body, asked)
        self.heard.append((body["query"], body["variables"], answer))
        return answer


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_sent_and_answered_is_in_the_published_schema(
    retailer: Retailer,
    published: Callable[[str], graphql.GraphQLSchema],
    monkeypatch: pytest.MonkeyPatch,
    version: str,
) -> None:
    schema = published(version)
    shop = Overheard(version)
    retailer.connect("shop", "shopify", shop, f'api_version = "{version}"')
    monkeypatch.setattr("ingestion.connectors.shopify.reader.BULK_FROM", 4)
    for _ in range(6):
        order = shop.place(at=NOW - dt.timedelta(days=30), lines=12)["id"]
    shop.refund(order, lines=[shop.refund_line(order) for _ in range(60)])
    shop.add("customers")
    shop.add("products")
    check_systems(retailer.settings)
    retailer.land("shop")
    shop.delete("orders", next(iter(shop.tables["orders"])))
    shop.tables["orders"][order]["updatedAt"] = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    retailer.land("shop")
    sent = {query for query, _, _ in shop.heard}
    sent |= {variables["query"] for query, variables, _ in shop.heard if query == queries.RUN}
    assert any("nodes(ids" in query for query in sent) and any("... on Order" in query for query in sent)
    for query in sent:
        assert graphql.validate(schema, graphql.parse(query)) == [], query
    for query, variables, answer in shop.heard:
        if "errors" not in answer:
            executed = graphql.graphql_sync(
                schema, query, answer["data"], variable_values=variables, type_resolver=_type
            )
            assert executed.errors is None and executed.data == answer["data"], query


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_sent_seldom_is_in_the_published_schema(
    published: Callable[[str], graphql.GraphQLSchema], version: str
) -> None:
    schema = published(version)
    for personal_data in (True, False):
        config = ShopifyConfig(kind="shopify", url="https://a.example", personal_data=personal_data)
        for table, one in selections(config).items():
            texts = [queries.CANCEL, queries.CHILDREN.format("id"), one.these(), *map(one.rest, one.connections)]
            if table != "order_refunds":
                texts += [one.paged(), one.keys(), one.number(), one.end(newest=True), one.bulk("updated_at:>='x'")]
            for text in texts:
                assert graphql.validate(schema, graphql.parse(text)) == [], text


def test_a_bulk_query_keeps_to_the_limits_of_bulk_operations() -> None:
    """At most five connections, two deep, and none inside of a list."""
    for table, one in selections(ShopifyConfig(kind="shopify", url="https://a.example")).items():
        if table != "order_refunds":
            text = one.bulk("")
            assert text.count("edges") <= 5 and len(one.connections) <= 4
            assert not any("edges" in inner.fields for inner in one.connections)


def _type(value: dict[str, Any], info: graphql.GraphQLResolveInfo, kind: graphql.GraphQLAbstractType) -> str:
    if "__typename" in value:
        return str(value["__typename"])
    if kind.name == "Node":
        return "Refund" if "refundLineItems" in value else str(value.get("id", "gid://shopify/Order/1")).split("/")[3]
    return "DiscountCodeApplication"
