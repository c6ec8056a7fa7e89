"""Reads a WooCommerce shop.

    /orders, /products, /coupons   by modified_after, in the bin too (status=trash); pages overlap by one record
    /customers, /products/reviews  whole: the API ignores modified_after there
    /orders/{id}/refunds, /products/{id}/variations   of every parent that has changed

Belongs here: requests and how WooCommerce words its errors. Does not belong here: which table is read when (`passes`).
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
from ingestion.connectors.http import BoundedSession, Limits, NotThereError, rest_client, server_time
from ingestion.connectors.paging import seamed_pages
from ingestion.connectors.reader import ApiReader, Count, Page, chunks
from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.secrets import Secrets
from ingestion.connectors.woocommerce.config import WooCommerceConfig
from ingestion.errors import AccessRefusedError

PAGE: Final = 100
FOUNDED: Final = dt.datetime(2011, 1, 1, tzinfo=dt.UTC)  # no shop is older than WooCommerce; 1970 is refused

_PATHS: Final = {
    "customers": "customers",
    "products": "products",
    "product_variations": "products/{}/variations",
    "orders": "orders",
    "order_refunds": "orders/{}/refunds",
    "coupons": "coupons",
    "product_reviews": "products/reviews",
}
# What the default list leaves out.
_ASKED: Final[dict[str, list[dict[str, str]]]] = {
    "orders": [{}, {"status": "trash"}],
    "products": [{}, {"status": "trash"}],
    "customers": [{"role": "all"}],
}
_CODES: Final = {
    "woocommerce_rest_cannot_view": "the key may not read this; make a key with permission Read for a shop manager",
    "rest_forbidden": "the key may not read this; make a key with permission Read for a shop manager",
    "rest_no_route": "WooCommerce's API is not at this address; correct `url`, and choose any permalinks but Plain",
}

Parameters = dict[str, Any]


class WooCommerceReader(ApiReader):
    """Reads one shop over REST v3, with Basic authentication over TLS."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, WooCommerceConfig):
            raise TypeError(f"{connector.name} is no WooCommerce shop")
        self._name, self._config = connector.name, connector.config
        self._session = BoundedSession(connector, secrets, _explain, limits)
        auth = HTTPBasicAuth(secrets["consumer_key"], secrets["consumer_secret"])
        self._client = rest_client(self._session, f"{connector.config.url}/wp-json/wc/v3", auth, {})

    def now(self) -> dt.datetime:
        """Return the time of the shop's server."""
        return server_time(self._get("orders", {"per_page": 1, "_fields": "id"}))

    def oldest(self, table: str) -> dt.datetime | None:
        """Return the first change of a table."""
        found = [self._end(table, asked, "asc") for asked in _ASKED.get(table, [{}])]
        clocks = [clock for exists, clock in found if exists]
        known = [dt.datetime.fromisoformat(clock).replace(tzinfo=dt.UTC) for clock in clocks if clock]
        return min(known, default=FOUNDED) if clocks else None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield what changed; the API leaves out the second that it is given, so one more is asked for."""
        window: Parameters = {"modified_after": _instant(since - dt.timedelta(seconds=1)), "dates_are_gmt": "true"}
        if until is not None:
            window["modified_before"] = _instant(until + dt.timedelta(seconds=1))
        for asked in _ASKED.get(table, [{}]):
            yield from self._pages(_PATHS[table], window | asked)

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every record."""
        for asked in _ASKED.get(table, [{}]):
            yield from self._pages(_PATHS[table], dict(asked))

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield id and clock of every record."""
        wanted: Parameters = {"_fields": "id,date_modified_gmt"}
        if created_since is not None:
            wanted |= {"after": _instant(created_since), "dates_are_gmt": "true"}
        for asked in _ASKED.get(table, [{}]):
            yield from self._pages(_PATHS[table], wanted | asked)

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still."""
        for some in chunks(ids, PAGE):
            included = ",".join(key for key, _ in some)
            for asked in _ASKED.get(table, [{}]):
                parameters = {"include": included, "per_page": PAGE} | asked
                records = records_of(self._name, self._get(_PATHS[table], parameters))
                if records:
                    yield Page(records)

    def has_children(self, table: str, record: bytes) -> bool:
        """Tell whether an order names refunds, or a product comes in variations."""
        fields = fields_of(record)
        if table == "order_refunds":
            return bytes(fields.get("refunds", msgspec.Raw(b"[]"))) not in (b"[]", b"null")
        return (scalar(fields.get("type")) or "").startswith("variable")

    def children(self, table: str, parent_id: str) -> Iterator[Page]:
        """Yield the refunds of an order, the variations of a product."""
        try:
            for page in self._pages(_PATHS[table].format(parent_id), {}):
                yield Page(page.records, parent_id, page.total)
        except NotThereError:
            return

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Return the time in which orders come back."""
        days = self._config.return_window_days
        return dt.timedelta(days=days) if table == "orders" and days else None

    def count(self, table: str) -> Count:
        """Return how many records there are, and the ends of the table."""
        if "{}" in _PATHS[table]:
            return Count(None, None, None, 0)
        total, ends = 0, list[str]()
        for asked in _ASKED.get(table, [{}]):
            response = self._get(_PATHS[table], {"per_page": 1, "_fields": "id"} | asked)
            total += int(response.headers.get("X-WP-Total", 0))
            if table != "customers":
                ends += [clock for order in ("asc", "desc") if (clock := self._end(table, asked, order)[1])]
        return Count(total, min(ends, default=None), max(ends, default=None), -(-total // PAGE) + 1)

    def _end(self, table: str, asked: Parameters, order: str) -> tuple[bool, str | None]:
        """Return whether there is a record, and the first or last clock."""
        clock = "date_modified_gmt" if table in ("orders", "products", "coupons") else "date_created_gmt"
        wanted: Parameters = {"per_page": 1, "order": order, "_fields": f"id,date_created_gmt,{clock}"} | asked
        try:
            ordered_by = "modified" if clock == "date_modified_gmt" else "date"
            records = records_of(self._name, self._get(_PATHS[table], wanted | {"orderby": ordered_by}))
        except AccessRefusedError:
            # Shops before 5.8 cannot order by it; what was made first is as old as what was changed first.
            records = records_of(self._name, self._get(_PATHS[table], wanted | {"orderby": "date"}))
        if not records:
            return False, None
        fields = fields_of(bytes(records[0]))
        return True, scalar(fields.get(clock)) or scalar(fields.get("date_created_gmt"))

    def _pages(self, path: str, parameters: Parameters) -> Iterator[Page]:
        """Yield the pages of a list: the API has no cursor."""

        def ask(offset: int, size: int) -> tuple[list[msgspec.Raw], int | None]:
            position: Parameters = {"orderby": "id", "order": "asc", "per_page": size, "offset": offset}
            response = self._get(path, parameters | position)
            total = int(response.headers.get("X-WP-Total", -1))
            return records_of(self._name, response), total if total >= 0 else None

        yield from seamed_pages(ask, PAGE, f"{self._name}: the pages of /{path}")

    def _get(self, path: str, parameters: Parameters) -> requests.Response:
        return self._client.get(path, params=parameters)


def _instant(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}"


def _explain(response: requests.Response) -> str | None:
    """Return what WooCommerce says is wrong; None for data."""
    if response.content.lstrip()[:1] != b"{":
        return None
    try:
        said = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if "code" not in said or "message" not in said:
        return None
    code = str(said["code"])
    if code == "woocommerce_rest_authentication_error":
        return f"{said['message']} Set the consumer key and secret of a key with permission Read"
    return f"{_CODES[code]} ({said['message']})" if code in _CODES else f"{said['message']} ({code})"
