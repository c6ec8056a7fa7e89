"""Reads an account of Klaviyo.

    /api/events                              by datetime, metric after metric: an event never changes
    /api/profiles                            by updated, with what is known of consent; ids and clocks for a sweep
    /api/metrics, /api/campaigns, /api/flows whole; campaigns channel by channel

Every list goes on by a cursor. Belongs here: requests. Does not belong here: how Klaviyo words its errors (`errors`),
which table is read when (`passes`).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from dlt.sources.helpers.rest_client.auth import APIKeyAuth

from ingestion.connectors.answers import record_of, records_of
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, NotThereError, rest_client, server_time
from ingestion.connectors.klaviyo.config import METRICS, TABLES, KlaviyoConfig
from ingestion.connectors.klaviyo.errors import explain, next_cursor
from ingestion.connectors.paging import cursor_pages
from ingestion.connectors.reader import ApiReader, Count, Page, chunks, utc_second
from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.secrets import Secrets

EVENTS_PAGE: Final = 1000
PROFILES_PAGE: Final = 100
FLOWS_PAGE: Final = 50
COUNTED_PAGES: Final = 10  # a check does not count further
CHANNELS: Final = ("email", "sms", "mobile_push")  # campaigns are listed by channel alone
OWN: Final = "klaviyo"  # integration of the metrics that Klaviyo itself records
CLOCKS: Final = "created,updated"
# Not asked for: the address, which Klaviyo guesses from the IP, and properties of the account's own making.
PROFILE_FIELDS: Final = "email,phone_number,first_name,last_name,locale,created,updated,subscriptions"

Parameters = dict[str, Any]


class KlaviyoReader(ApiReader):
    """Reads one account with a private API key."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, KlaviyoConfig):
            raise TypeError(f"{connector.name} is no account of Klaviyo")
        self._name = connector.name
        self._session = BoundedSession(connector, secrets, explain, limits)
        auth = APIKeyAuth(name="Authorization", api_key=f"Klaviyo-API-Key {secrets['api_key']}", location="header")
        headers = {"revision": connector.config.revision, "Accept": "application/vnd.api+json"}
        self._client = rest_client(self._session, f"{connector.config.url}/api", auth, headers)
        self._metrics: list[str] | None = None

    def now(self) -> dt.datetime:
        """Return the time of Klaviyo's server."""
        return server_time(self._client.get("metrics"))

    def oldest(self, table: str) -> dt.datetime | None:
        """Return when the first event happened, or when the profile that has not changed for longest did."""
        clock = self._end(table, "")
        return dt.datetime.fromisoformat(clock) if clock else None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield what changed; a second more on both sides, since Klaviyo filters by whole seconds or less."""
        second = dt.timedelta(seconds=1)
        first, last = utc_second(since - second), utc_second(until + second) if until else None
        yield from self._between(table, first, last)

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every record; archived flows and campaigns as far as Klaviyo lists them."""
        if table == "campaigns":
            for channel in CHANNELS:
                yield from self._pages(table, {"filter": f'equals(messages.channel,"{channel}")'})
        else:
            yield from self._pages(table, {"page[size]": FLOWS_PAGE} if table == "flows" else {})

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield id and clocks of every profile."""
        asked: Parameters = {"fields[profile]": CLOCKS, "page[size]": PROFILES_PAGE}
        if created_since:
            asked["filter"] = f"greater-than(created,{utc_second(created_since - dt.timedelta(seconds=1))})"
        yield from self._pages(table, asked)

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still."""
        if table == "profiles":
            for some in chunks([key for key, _ in ids], PROFILES_PAGE):
                listed = msgspec.json.encode(list(some)).decode()
                yield from self._pages(table, _profiles(f"any(id,{listed})"))
            return
        for key, _ in ids:
            try:
                response = self._client.get(f"{table}/{key}")
            except NotThereError:
                continue
            yield Page([record_of(self._name, response, "data")])

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Compare no record nightly: every change moves the clock."""
        return None

    def count(self, table: str) -> Count:
        """Return how many there are, as far as they can be told in few calls, and the first and last."""
        if table not in ("profiles", "events"):
            before = self.calls
            total = sum(len(page.records) for page in self.listing(table))
            return Count(total, None, None, self.calls - before)
        total, size = 0, EVENTS_PAGE if table == "events" else PROFILES_PAGE
        pages, more = self._between(table, None, None) if table == "events" else self.keys(table, None), False
        for number, page in enumerate(pages, start=1):
            total += len(page.records)
            if more := number >= COUNTED_PAGES:
                break
        calls = -(-total // size) + (len(self._metric_ids()) if table == "events" else 1)
        return Count(None if more else total, self._end(table, ""), self._end(table, "-"), calls)

    def _between(self, table: str, first: str | None, last: str | None) -> Iterator[Page]:
        if table == "profiles":
            span = [f"greater-than(updated,{first})"] + ([f"less-than(updated,{last})"] if last else [])
            yield from self._pages(table, _profiles(",".join(span)) | {"sort": "updated"})
            return
        span = [f"greater-or-equal(datetime,{first})"] if first else []
        span += [f"less-than(datetime,{last})"] if last else []
        for metric in self._metric_ids():
            asked = {"filter": ",".join([f'equals(metric_id,"{metric}")', *span])}
            yield from self._pages(table, asked | {"sort": "datetime", "page[size]": EVENTS_PAGE})

    def _end(self, table: str, direction: str) -> str | None:
        """Return the first clock of a table, or with `-` the last one."""
        clock = str(TABLES[table].clock)
        sort = {"sort": f"{direction}{clock.rpartition('.')[2]}", "page[size]": 1}
        if table == "events":
            asked = [sort | {"filter": f'equals(metric_id,"{metric}")'} for metric in self._metric_ids()]
        else:
            asked = [sort | {"fields[profile]": CLOCKS}]
        found = list[str]()
        for parameters in asked:
            for page in itertools.islice(self._pages(table, parameters), 1):
                clocks = [scalar(fields_of(bytes(raw), "attributes").get(clock)) for raw in page.records]
                found += [text for text in clocks if text]
        return (max if direction else min)(found, default=None)

    def _metric_ids(self) -> list[str]:
        """Return the ids of Klaviyo's own metrics that tell of messages; others may bear the same name."""
        if self._metrics is None:
            self._metrics = [
                key
                for page in self.listing("metrics")
                for raw in page.records
                if (key := _message_metric(fields_of(bytes(raw), "attributes")))
            ]
        return self._metrics

    def _pages(self, table: str, asked: Parameters) -> Iterator[Page]:

        def ask(cursor: str | None) -> tuple[list[msgspec.Raw], str | None]:
            position = {"page[cursor]": cursor} if cursor is not None else {}
            response = self._client.get(table, params=asked | position)
            return records_of(self._name, response, "data"), next_cursor(self._name, response)

        pages = cursor_pages(ask, f"{self._name}: the cursors of {table}")
        yield from (page for page in pages if page.records)


def _message_metric(fields: dict[str, msgspec.Raw]) -> str | None:
    name = scalar(fields.get("attributes.name")) or ""
    integration = msgspec.json.decode(fields.get("attributes.integration", msgspec.Raw(b"null")))
    maker = integration.get("name") if isinstance(integration, dict) else None
    if name.strip().lower() not in METRICS or (maker and str(maker).lower() != OWN):
        return None
    return scalar(fields.get("id"))


def _profiles(condition: str) -> Parameters:
    fields = {"additional-fields[profile]": "subscriptions", "fields[profile]": PROFILE_FIELDS}
    return fields | {"filter": condition, "page[size]": PROFILES_PAGE}
