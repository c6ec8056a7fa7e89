"""Reads a seller's account of Square.

    /v2/orders/search              by updated_at, for ten locations at a time; ids alone for a sweep
    /v2/payments, /v2/refunds      by updated_at; payments location by location
    /v2/customers/search           by updated_at
    /v2/loyalty/events/search      by created_at: an event never changes
    /v2/catalog/search, /v2/loyalty/accounts/search, /v2/locations   whole

Every list goes on by a cursor. Belongs here: requests and how Square words its errors (`errors`). Does not belong
here: which table is read when (`passes`).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
import requests
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

from ingestion.connectors.answers import record_of
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, NotThereError, rest_client, server_time
from ingestion.connectors.paging import cursor_pages
from ingestion.connectors.reader import ApiReader, Count, Page, chunks
from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.secrets import Secrets
from ingestion.connectors.square.config import SquareConfig
from ingestion.connectors.square.errors import customers_of, explain, list_of

LOCATIONS: Final = 10  # of one search
PAGE: Final = 500  # orders; 1,000 are allowed, and are slow
SHORT_PAGE: Final = 100  # payments, refunds, customers; what one call for ids may name
LOYALTY_PAGE: Final = 30
IDS_PAGE: Final = 1000  # ids of orders, objects of the catalogue
ACCOUNTS_PAGE: Final = 200
COUNTED_PAGES: Final = 20  # a check does not count further
FOUNDED: Final = "2009-01-01T00:00:00Z"  # no account is older; without it, a list begins a year ago
CATALOG_TYPES: Final = ["ITEM", "ITEM_VARIATION", "CATEGORY"]

Parameters = dict[str, Any]


class SquareReader(ApiReader):
    """Reads one seller with an access token."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, SquareConfig):
            raise TypeError(f"{connector.name} is no account of Square")
        self._name, self._config = connector.name, connector.config
        self._session = BoundedSession(connector, secrets, explain, limits)
        headers = {"Square-Version": connector.config.api_version}
        url = f"{connector.config.url}/v2"
        self._client = rest_client(self._session, url, BearerTokenAuth(secrets["token"]), headers)
        self._locations: list[str] | None = None

    def now(self) -> dt.datetime:
        """Return the time of Square's server."""
        return server_time(self._client.get("locations"))

    def oldest(self, table: str) -> dt.datetime | None:
        """Return when the first record was made: none has changed before."""
        clock = self._end(table, "ASC")
        return dt.datetime.fromisoformat(clock) if clock else None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield what changed; both ends are included, whatever Square does with them."""
        first = _instant(since - dt.timedelta(milliseconds=1))
        last = _instant(until + dt.timedelta(milliseconds=1)) if until else None
        yield from self._between(table, first, last)

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every record."""
        if table == "locations":
            yield from self._pages(table, lambda position: self._client.get("locations", params=position))
        elif table == "catalog":
            yield from self._search("objects", "catalog/search", {"object_types": CATALOG_TYPES, "limit": IDS_PAGE})
        else:
            yield from self._search(table, "loyalty/accounts/search", {"limit": ACCOUNTS_PAGE})

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield the ids of all orders; of customers, whole records, since there is no shorter form."""
        created = {"created_at": {"start_at": _instant(created_since)}} if created_since else {}
        if table == "customers":
            yield from self._search(table, "customers/search", _query(created) | {"limit": SHORT_PAGE})
            return
        for body in self._order_searches("CREATED_AT", created):
            asked = body | {"return_entries": True, "limit": IDS_PAGE}
            for page in self._search("order_entries", "orders/search", asked):
                found = [scalar(fields_of(bytes(raw)).get("order_id")) for raw in page.records]
                yield Page([msgspec.Raw(msgspec.json.encode({"id": key})) for key in found if key])

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still."""
        if table in ("locations", "loyalty_accounts"):
            yield from self._one_by_one(table, [key for key, _ in ids])
            return
        name, path = {
            "orders": ("order_ids", "orders/batch-retrieve"),
            "catalog": ("object_ids", "catalog/batch-retrieve"),
            "customers": ("customer_ids", "customers/bulk-retrieve"),
        }[table]
        for some in chunks(ids, SHORT_PAGE):
            response = self._client.post(path, json={name: [key for key, _ in some]})
            if table == "customers":
                found = customers_of(self._name, response)
            else:
                found = list_of(self._name, response, {"catalog": "objects"}.get(table, table))
            if found:
                yield Page(found)

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Compare no record nightly: every change moves the clock, and orders are not deleted, but for drafts."""
        return None

    def count(self, table: str) -> Count:
        """Return how many there are, as far as they can be told in few calls, and the first and last."""
        total, page = self._counted(table)
        dated = table in ("orders", "payments", "refunds", "customers")
        ends = (self._end(table, "ASC"), self._end(table, "DESC")) if dated else (None, None)
        return Count(total, *ends, COUNTED_PAGES if total is None else -(-total // page) + 1)

    def _one_by_one(self, table: str, ids: list[str]) -> Iterator[Page]:
        path, name = {
            "locations": ("locations", "location"),
            "loyalty_accounts": ("loyalty/accounts", "loyalty_account"),
        }[table]
        for key in ids:
            try:
                response = self._client.get(f"{path}/{key}")
            except NotThereError:
                continue
            yield Page([record_of(self._name, response, name)])

    def _counted(self, table: str) -> tuple[int | None, int]:
        """Return the number of records and the size of a page; no number when they are too many to be counted."""
        if table == "customers":
            response = self._client.post("customers/search", json={"limit": 1, "count": True})
            return int(scalar(fields_of(response.content).get("count")) or 0), SHORT_PAGE
        if table == "orders":
            pages, size = self.keys(table, None), PAGE
        elif table in ("payments", "refunds", "loyalty_events"):
            pages, size = self._between(table, FOUNDED, None), LOYALTY_PAGE if "loyalty" in table else SHORT_PAGE
        else:
            pages, size = self.listing(table), IDS_PAGE if table == "catalog" else ACCOUNTS_PAGE
        total = 0
        for number, found in enumerate(pages):
            if number >= COUNTED_PAGES:
                return None, size
            total += len(found.records)
        return total, size

    def _between(self, table: str, first: str, last: str | None) -> Iterator[Page]:
        span = {"start_at": first} | ({"end_at": last} if last else {})
        if table == "orders":
            for body in self._order_searches("UPDATED_AT", {"updated_at": span}):
                yield from self._search("orders", "orders/search", body | {"limit": PAGE})
        elif table == "customers":
            yield from self._search(table, "customers/search", _query({"updated_at": span}) | {"limit": SHORT_PAGE})
        elif table == "loyalty_events":
            body = _query({"date_time_filter": {"created_at": span}}) | {"limit": LOYALTY_PAGE}
            yield from self._search("events", "loyalty/events/search", body)
        else:
            asked: Parameters = {"begin_time": FOUNDED, "updated_at_begin_time": first, "sort_field": "UPDATED_AT"}
            asked |= {"sort_order": "ASC"} | ({"updated_at_end_time": last} if last else {})
            for place in self._places(table):
                yield from self._listed(table, asked | place | {"limit": SHORT_PAGE})

    def _end(self, table: str, order: str) -> str | None:
        """Return when the first or last record was made."""
        found = list[str]()
        for page in self._ends(table, order):
            found += [clock for raw in page.records if (clock := scalar(fields_of(bytes(raw)).get("created_at")))]
        return (min if order == "ASC" else max)(found, default=None)

    def _ends(self, table: str, order: str) -> Iterator[Page]:
        lists = list[Iterator[Page]]()
        if table == "orders":
            for body in self._order_searches("CREATED_AT", {}, order):
                lists.append(self._search("orders", "orders/search", body | {"limit": 1}))
        elif table == "customers":
            query = {"query": {"sort": {"field": "CREATED_AT", "order": order}}, "limit": 1}
            lists.append(self._search("customers", "customers/search", query))
        elif table == "loyalty_events":  # they cannot be sorted; no event is older than the stores
            lists.append(self.listing("locations"))
        elif table in ("payments", "refunds"):
            asked = {"begin_time": FOUNDED, "sort_order": order, "limit": 1}
            lists += [self._listed(table, asked | place) for place in self._places(table)]
        for pages in lists:
            yield from itertools.islice(pages, 1)  # the first page of each list, which holds the one record

    def _order_searches(self, sort: str, times: Parameters, order: str = "ASC") -> Iterator[Parameters]:
        """Yield a body for every ten locations."""
        dated = {"filter": {"date_time_filter": times}} if times else {}
        for some in chunks(self._location_ids(), LOCATIONS):
            yield {"location_ids": list(some), "query": dated | {"sort": {"sort_field": sort, "sort_order": order}}}

    def _places(self, table: str) -> Iterator[Parameters]:
        """Yield the locations: payments are listed one by one, and without a location those of the main one alone."""
        if table == "refunds" and not self._config.locations:
            yield {}
        else:
            yield from ({"location_id": key} for key in self._location_ids())

    def _location_ids(self) -> list[str]:
        if self._config.locations:
            return list(self._config.locations)
        if self._locations is None:
            ids = [
                scalar(fields_of(bytes(raw)).get("id")) for page in self.listing("locations") for raw in page.records
            ]
            self._locations = [key for key in ids if key]
        return self._locations

    def _search(self, name: str, path: str, body: Parameters) -> Iterator[Page]:
        yield from self._pages(name, lambda position: self._client.post(path, json=body | position))

    def _listed(self, table: str, asked: Parameters) -> Iterator[Page]:
        yield from self._pages(table, lambda position: self._client.get(table, params=asked | position))

    def _pages(self, name: str, ask: Callable[[Parameters], requests.Response]) -> Iterator[Page]:

        def ask_after(cursor: str | None) -> tuple[list[msgspec.Raw], str | None]:
            response = ask({"cursor": cursor} if cursor is not None else {})
            records = list_of(self._name, response, name)
            return records, scalar(fields_of(response.content).get("cursor")) or None

        pages = cursor_pages(ask_after, f"{self._name}: the cursors of {name}")
        yield from (page for page in pages if page.records)


def _query(conditions: Parameters) -> Parameters:
    return {"query": {"filter": conditions}} if conditions else {}


def _instant(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"
