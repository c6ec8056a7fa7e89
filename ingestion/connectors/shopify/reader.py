"""Reads a shop on Shopify.

    customers, products, orders   by updated_at, page after page; many at once by a bulk operation
    refunds                       of every order that has changed and has some
    nodes(ids)                    what a sweep has found to differ

Belongs here: which query answers what the passes ask. Does not belong here: sending (`client`), bulk operations
(`bulk`), which table is read when (`passes`).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from ingestion.connectors.connector import Connector
from ingestion.connectors.http import Limits
from ingestion.connectors.paging import Trail
from ingestion.connectors.reader import Count, Page, utc_second
from ingestion.connectors.records import fields_of
from ingestion.connectors.secrets import Secrets
from ingestion.connectors.shopify import queries
from ingestion.connectors.shopify.bulk import Bulk
from ingestion.connectors.shopify.client import Data, ShopifyClient, TooCostlyError
from ingestion.connectors.shopify.config import ShopifyConfig
from ingestion.connectors.shopify.queries import Connection, Selection, selections
from ingestion.connectors.shopify.records import Node, encode, flatten
from ingestion.errors import AccessRefusedError, SourceDefectError

BULK_FROM: Final = 250  # records of one reading from which a bulk operation is cheaper than pages
BULK_PAGE: Final = 500
KEYS_PAGE: Final = 250
ROWS_PAGE: Final = 100
YOUNG: Final = dt.timedelta(days=60)
SHOWN_DAYS: Final = dt.timedelta(days=60)  # of orders, without the scope read_all_orders
_SCOPES: Final = {
    "customers": "read_customers",
    "products": "read_products",
    "orders": "read_orders",
    "order_refunds": "read_orders",
}


class ShopifyReader:
    """Reads one shop over the Admin GraphQL API."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, ShopifyConfig):
            raise TypeError(f"{connector.name} is no shop on Shopify")
        self._name, self._config = connector.name, connector.config
        self._client = ShopifyClient(connector, connector.config, secrets, limits, time.sleep)
        self._bulk = Bulk(connector.name, self._client, limits, time.sleep)
        self._selections = selections(connector.config)
        self._sizes = {table: one.page for table, one in self._selections.items()}
        self._granted: frozenset[str] | None = None

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._client.calls

    def close(self) -> None:
        """Give back connections."""
        self._client.close()

    def now(self) -> dt.datetime:
        """Return the time of Shopify's server."""
        return self._client.now(queries.TIME)

    def oldest(self, table: str) -> dt.datetime | None:
        """Return the first change of a table."""
        found = self._end(table, newest=False)
        return dt.datetime.fromisoformat(found) if found else None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield what changed. Of customers the search knows whole days only, so whole days are asked for."""
        filtered = f"updated_at:>='{_day(since)}'"
        if until is not None:
            filtered += f" AND updated_at:<'{_day(until + dt.timedelta(days=1))}'"
        elif table != "customers":
            filtered = f"updated_at:>='{utc_second(since)}'"
        yield from self._records(table, filtered)

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every record."""
        yield from self._records(table, "")

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield id and clock of every record made since."""
        selection = self._selections[table]
        filtered = f"{selection.created}:>='{_day(created_since)}'" if created_since else ""
        first = utc_second(created_since) if created_since else ""
        for nodes in self._nodes(selection.keys(), selection.root, filtered, KEYS_PAGE):
            yield Page([encode(node) for node in nodes if node["createdAt"] >= first])

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still."""
        waiting = [key for key, _ in ids]
        while waiting:
            some = waiting[: self._sizes[table]]
            try:
                found = self._client.ask(self._selections[table].these(), ids=some)["nodes"]
            except TooCostlyError as error:
                self._shrink(table, error)
                continue
            if records := [self._record(table, node) for node in found if node]:
                yield Page(records)
            waiting = waiting[len(some) :]

    def has_children(self, table: str, record: bytes) -> bool:
        """Tell whether an order names refunds."""
        return bytes(fields_of(record).get("refunds", msgspec.Raw(b"[]"))) not in (b"[]", b"null")

    def children(self, table: str, parent_id: str) -> Iterator[Page]:
        """Yield the refunds of an order."""
        try:
            order = self._client.ask(queries.CHILDREN.format(self._selections[table].inside), id=parent_id)["order"]
        except TooCostlyError:  # one by one
            order = self._client.ask(queries.CHILDREN.format("id"), id=parent_id)["order"] or {"refunds": []}
            for page in self.these(table, [(refund["id"], parent_id) for refund in order["refunds"]]):
                yield Page(page.records, parent_id)
            return
        if order is not None:
            yield Page([self._record(table, node) for node in order["refunds"]], parent_id)

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Return the time in which orders are deleted."""
        return YOUNG if table == "orders" else None

    def visible_since(self, table: str) -> dt.datetime | None:
        """Return since when orders can be seen: without the scope for all of them, those of 60 days."""
        if table != "orders" or "read_all_orders" in self._scopes():
            return None
        return dt.datetime.now(dt.UTC) - SHOWN_DAYS + dt.timedelta(days=1)

    def count(self, table: str) -> Count:
        """Return how many records there are, and the ends of the table."""
        wanted = _SCOPES[table]
        if not {wanted, wanted.replace("read_", "write_")} & self._scopes():
            raise AccessRefusedError(
                f"{self._name}: the app lacks the scope {wanted}; add it to the app, and let the shop approve it"
            )
        if table == "order_refunds":
            return Count(None, None, None, 0)
        records = self._number(table, "", None)
        oldest, newest = self._end(table, newest=False), self._end(table, newest=True)
        self._client.ask(self._selections[table].paged(), first=1, after=None, query=None)  # may every field be read?
        calls = -(-records // self._sizes[table]) if records < BULK_FROM else 10
        return Count(records, oldest, newest, calls, self._note(table))

    def _note(self, table: str) -> str | None:
        notes = list[str]()
        if table == "orders" and "read_all_orders" not in self._scopes():
            notes.append(
                "only those of the last 60 days can be seen; add the scope read_all_orders for the history, before the "
                "first night"
            )
        if self._client.served_version not in (None, self._config.api_version):
            notes.append(
                f"Shopify no longer serves API version {self._config.api_version} and answers as "
                f"{self._client.served_version}; set a newer api_version"
            )
        return "; ".join(notes) or None

    def _records(self, table: str, filtered: str) -> Iterator[Page]:
        selection = self._selections[table]
        number = self._number(table, filtered, BULK_FROM)
        if number >= BULK_FROM:
            waiting = list[msgspec.Raw]()
            for node in self._bulk.records(selection, filtered):
                waiting.append(encode(node))
                if len(waiting) == BULK_PAGE:
                    yield Page(waiting)
                    waiting = []
            if waiting:
                yield Page(waiting)
            return
        for nodes in self._nodes(selection.paged(), selection.root, filtered, None, table):
            yield Page([self._record(table, node) for node in nodes], total=number)

    def _nodes(
        self, query: str, root: str, filtered: str, size: int | None, table: str | None = None
    ) -> Iterator[list[Node]]:
        """Yield the pages of a query, smaller ones when they cost too much."""
        after: str | None = None
        trail = Trail(f"{self._name}: the pages of {root}")
        while True:
            try:
                found = self._client.ask(
                    query, first=size or self._sizes[table or ""], after=after, query=filtered or None
                )
            except TooCostlyError as error:
                self._shrink(table, error)
                continue
            connection = found[root]
            if connection["nodes"]:
                yield connection["nodes"]
            after = _next(connection, trail)
            if after is None:
                return

    def _shrink(self, table: str | None, error: TooCostlyError) -> None:
        if table is None or self._sizes[table] == 1:
            raise error
        self._sizes[table] = max(1, self._sizes[table] // 2)

    def _record(self, table: str, node: Node) -> msgspec.Raw:
        selection = self._selections[table]

        def rest(one: Connection, key: str, after: str) -> Iterator[Node]:
            yield from self._rest(selection, one, key, after)

        return encode(flatten(node, selection, rest))

    def _rest(self, selection: Selection, one: Connection, key: str, after: str) -> Iterator[Node]:
        trail, size = Trail(f"{self._name}: the pages of {one.name} of {key}"), ROWS_PAGE
        position: str | None = trail.follow(after)
        while position is not None:
            try:
                found = self._client.ask(selection.rest(one), id=key, first=size, after=position)["node"]
            except TooCostlyError:
                if size == 1:
                    raise
                size //= 2
                continue
            if found is None:
                raise SourceDefectError(f"{self._name}: {key} was deleted while it was read; run the night again")
            yield from found[one.name]["nodes"]
            position = _next(found[one.name], trail)

    def _number(self, table: str, filtered: str, limit: int | None) -> int:
        selection = self._selections[table]
        found: Any = self._client.ask(selection.number(), query=filtered or None, limit=limit)
        return int(found[f"{selection.root}Count"]["count"])

    def _end(self, table: str, *, newest: bool) -> str | None:
        selection = self._selections[table]
        nodes = self._client.ask(selection.end(newest=newest))[selection.root]["nodes"]
        return str(nodes[0]["updatedAt"]) if nodes else None

    def _scopes(self) -> frozenset[str]:
        if self._granted is None:
            scopes = self._client.ask(queries.SCOPES)["currentAppInstallation"]["accessScopes"]
            self._granted = frozenset(str(scope["handle"]) for scope in scopes)
        return self._granted


def _next(connection: Data, trail: Trail) -> str | None:
    page = connection["pageInfo"]
    return trail.follow(str(page["endCursor"])) if page["hasNextPage"] else None


def _day(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT00:00:00Z}"
