"""Reads a shop on Medusa 2.

    /admin/orders                   by updated_at, and again those that are open: a payment moves no clock
    /admin/customers, /products     whole: addresses and variants move no clock

Belongs here: requests and how Medusa words its errors. Does not belong here: which table is read when (`passes`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import requests
from requests.auth import HTTPBasicAuth

from ingestion.connectors.answers import records_of
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, rest_client, server_time
from ingestion.connectors.medusa.config import MedusaConfig
from ingestion.connectors.paging import seamed_pages
from ingestion.connectors.reader import ApiReader, Count, Page, chunks
from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.secrets import Secrets

PAGE: Final = 100
IDS: Final = 50
# Beside the default fields. Without the details of its lines Medusa counts them as none, and every total is wrong.
_FIELDS: Final = {
    "customers": "*addresses",
    "products": "*categories",
    "orders": "+currency_code,+email,+customer_id,+canceled_at,+is_draft_order,+sales_channel_id,"
    "*items,*items.detail,*items.tax_lines,*items.adjustments,*shipping_methods,*shipping_methods.tax_lines,"
    "*shipping_methods.adjustments,*shipping_address,*billing_address,*sales_channel,*payment_collections.payments,"
    "*payment_collections.payments.captures,*payment_collections.payments.refunds,*fulfillments",
}

Parameters = dict[str, Any]


class MedusaReader(ApiReader):
    """Reads one shop over the Admin API, with a secret key."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, MedusaConfig):
            raise TypeError(f"{connector.name} is no shop on Medusa")
        self._name, self._config = connector.name, connector.config
        self._session = BoundedSession(connector, secrets, _explain, limits)
        auth = HTTPBasicAuth(secrets["api_key"], "")
        self._client = rest_client(self._session, f"{connector.config.url}/admin", auth, {})

    def now(self) -> dt.datetime:
        """Return the time of the shop's server."""
        return server_time(self._get("orders", {"limit": 1, "fields": "id"}))

    def oldest(self, table: str) -> dt.datetime | None:
        """Return the first change of a table."""
        found = self._end(table, "updated_at")
        return dt.datetime.fromisoformat(found) if found else None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield what changed; of the present, what may have been paid since as well."""
        window: Parameters = {"updated_at[$gte]": _instant(since)}
        if until is not None:
            window["updated_at[$lt]"] = _instant(until + dt.timedelta(seconds=1))
        yield from self._pages(table, window | {"fields": _FIELDS[table]})
        if until is None:
            opened = self.now() - dt.timedelta(days=self._config.open_days)
            still_open = {"created_at[$gte]": _instant(opened), "updated_at[$lt]": _instant(since)}
            yield from self._pages(table, still_open | {"fields": _FIELDS[table]})

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every record."""
        yield from self._pages(table, {"fields": _FIELDS[table]})

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield id and clock of every record."""
        wanted: Parameters = {"fields": "id,updated_at"}
        if created_since is not None:
            wanted["created_at[$gte]"] = _instant(created_since)
        yield from self._pages(table, wanted)

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still."""
        for some in chunks(ids, IDS):
            wanted: Parameters = {"id[]": [key for key, _ in some], "limit": IDS, "fields": _FIELDS[table]}
            if records := records_of(self._name, self._get(table, wanted), table):
                yield Page(records)

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Return the time in which orders are compared every night, to find what was deleted."""
        return dt.timedelta(days=self._config.open_days)

    def count(self, table: str) -> Count:
        """Return how many records there are, and the ends of the table."""
        response = self._get(table, {"limit": 1, "fields": "id"})
        total = self._total(response) or 0
        ends = [self._end(table, order) for order in ("updated_at", "-updated_at")]
        return Count(total, ends[0], ends[1], -(-total // PAGE) + 1)

    def _end(self, table: str, order: str) -> str | None:
        response = self._get(table, {"limit": 1, "order": order, "fields": "id,updated_at"})
        records = records_of(self._name, response, table)
        return scalar(fields_of(bytes(records[0])).get("updated_at")) if records else None

    def _pages(self, table: str, parameters: Parameters) -> Iterator[Page]:
        """Yield the pages of a list: the API has no cursor."""

        def ask(offset: int, size: int) -> tuple[list[msgspec.Raw], int | None]:
            response = self._get(table, parameters | {"order": "id", "limit": size, "offset": offset})
            return records_of(self._name, response, table), self._total(response)

        yield from seamed_pages(ask, PAGE, f"{self._name}: the pages of /{table}")

    def _get(self, path: str, parameters: Parameters) -> requests.Response:
        return self._client.get(path, params=parameters)

    def _total(self, response: requests.Response) -> int | None:
        found = scalar(fields_of(response.content).get("count"))
        return int(found) if found else None


def _instant(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def _explain(response: requests.Response) -> str | None:
    """Return what Medusa says is wrong; None for data."""
    if response.status_code == 401:
        return "the API key is wrong or was revoked; make a new secret key and set it"
    try:
        said = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if response.status_code == 404:
            return "Medusa 2's Admin API is not at this address; correct `url`, without /admin and /app"
        return None
    if not isinstance(said, dict) or "message" not in said or "type" not in said:
        return None
    return f"{said['message']} ({said['type']})"
