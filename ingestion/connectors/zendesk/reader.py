"""Reads an account of Zendesk Support.

    /incremental/tickets/cursor    by the time of change, from an instant on, with the tickets' metrics
    /incremental/users/cursor      the same
    /satisfaction_ratings          by start and end, page after page by a cursor
    /ticket_fields, /user_fields   whole
    /tickets/show_many, /users/show_many, /satisfaction_ratings/{id}   those that a sweep misses

Belongs here: requests. Does not belong here: going through an export (`export`), the roles of fields (`fields`), how
Zendesk words its errors (`errors`), which table is read when (`passes`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import requests
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from pydantic import SecretStr
from requests.auth import AuthBase, HTTPBasicAuth

from ingestion.connectors.answers import records_of
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, NotThereError, rest_client, server_time
from ingestion.connectors.paging import circle, cursor_pages
from ingestion.connectors.reader import ApiReader, Count, Page, chunks, utc_second
from ingestion.connectors.records import fields_of, items, scalar
from ingestion.connectors.secrets import Secrets
from ingestion.connectors.zendesk.config import ZendeskConfig
from ingestion.connectors.zendesk.errors import explain
from ingestion.connectors.zendesk.export import Export, Sheet
from ingestion.connectors.zendesk.fields import ticket_fields, user_fields, with_field
from ingestion.errors import SourceDefectError

PAGE: Final = 1000  # records of an export's page
SHORT_PAGE: Final = 100  # of all other lists, and ids of one call
LAG: Final = dt.timedelta(minutes=2)  # exports leave out the last minute, and may not begin in it
YOUNG: Final = dt.timedelta(days=30)  # a ticket is closed 28 days after it was solved, and can be rated no more
RECENT: Final = 86_400  # seconds; an instant before that is no question of whose clock is right
RATING_WINDOWS: Final = 60  # of a first load, as ratings are asked for since the beginning
FOUNDED: Final = dt.datetime(2007, 1, 1, tzinfo=dt.UTC)  # no account is older
EXPORTED: Final = frozenset({"tickets", "users"})

Parameters = dict[str, Any]


class ZendeskReader(ApiReader):
    """Reads one account, as an administrator."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, ZendeskConfig):
            raise TypeError(f"{connector.name} is no account of Zendesk")
        config = connector.config
        pace = limits.pace if limits.pace is not None else 60 / config.exports_per_minute
        self._name, self._config = connector.name, config
        self._session = BoundedSession(connector, secrets, explain, limits)
        self._slow_session = BoundedSession(connector, secrets, explain, dataclasses.replace(limits, pace=pace))
        url, auth = f"{config.url}/api/v2", _auth(config, secrets)
        self._client = rest_client(self._session, url, auth, {})
        self._exporter = rest_client(self._slow_session, url, auth, {})
        self._exports = {
            table: Export(f"{self._name}: the export of {table}", *self._asking(table), _clock) for table in EXPORTED
        }
        self._listed: dict[str, dict[str, int]] = {}

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._session.calls + self._slow_session.calls

    def close(self) -> None:
        """Give back connections."""
        self._slow_session.close()
        super().close()

    def now(self) -> dt.datetime:
        """Return the instant until which an export is whole, by Zendesk's clock."""
        return server_time(self._client.get("users/me")) - LAG

    def oldest(self, table: str) -> dt.datetime | None:
        """Return when the record changed that has not changed for the longest; of ratings, before any was given."""
        if table in EXPORTED:
            first = self._first(table)
            clock = _clock(first) if first is not None else None
            return dt.datetime.fromtimestamp(clock, dt.UTC) if clock is not None else None
        return FOUNDED if any(page.records for page in self._ratings({}, size=1, pages=1)) else None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield what changed, deleted tickets and users included."""
        if table in EXPORTED:
            yield from self._exports[table].window(_seconds(since), _seconds(until) if until else None)
            return
        window: Parameters = {"start_time": _seconds(since) - 1}
        if until is not None and until < self.now():
            window["end_time"] = _seconds(until)
        yield from self._ratings(window)

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every field, those that the settings name with their role."""
        records = [raw for page in self._pages(table, {}) for raw in page.records]
        if table == "ticket_fields":
            yield Page(ticket_fields(self._name, records, _named(self._config.ticket_fields)))
        else:
            yield Page(user_fields(self._name, records, _named(self._config.user_fields)))

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield every record, since no list is shorter. Ratings alone can be asked for since an instant."""
        if table not in EXPORTED:
            asked = {"start_time": _seconds(created_since) - 1} if created_since else {}
            yield from self._ratings(asked, created_since)
            return
        listed = self._listed[table] = {}
        for page in self._exports[table].window(_seconds(FOUNDED), None):
            for raw in page.records:
                fields = _fields(raw)
                key, clock = scalar(fields.get("id")), _clock(raw)
                if key and clock is not None:
                    listed[key] = clock
            yield page

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still: those that an export has shown, from there; others, by their ids."""
        wanted = {key for key, _ in ids}
        if table == "satisfaction_ratings":
            yield from self._ratings_of(wanted)
        elif table not in EXPORTED:
            for page in self.listing(table):
                yield _of(page, wanted)
        else:
            listed = {key: clock for key, clock in self._listed.get(table, {}).items() if key in wanted}
            if listed:
                window = self._exports[table].window(min(listed.values()), max(listed.values()) + 1)
                yield from (_of(page, set(listed)) for page in window)
            for some in chunks(sorted(wanted - set(listed)), SHORT_PAGE):
                asked = {"ids": ",".join(some)} | _beside(table)
                yield Page(self._records(self._client.get(f"{table}/show_many", params=asked), table))

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Return how long a rating may be given and taken back; exports tell of all other changes themselves."""
        return YOUNG if table == "satisfaction_ratings" and self._config.ratings else None

    def count(self, table: str) -> Count:
        """Return how many there are, the first and the last: deleted ones are not counted."""
        if table == "satisfaction_ratings":
            return self._count_ratings()
        if table not in EXPORTED:
            total = sum(len(page.records) for page in self.listing(table))
            return Count(total, None, None, -(-total // SHORT_PAGE) or 1)
        kind = {"tickets": "ticket", "users": "user"}[table]
        asked = {"query": f"type:{kind}", "sort_by": "updated_at", "sort_order": "desc", "per_page": 1}
        response = self._client.get("search", params=asked)
        total = int(scalar(_fields(msgspec.Raw(response.content)).get("count")) or 0)
        last = [scalar(_fields(raw).get("updated_at")) for raw in self._records(response, "results")]
        oldest = self.oldest(table)
        span = (utc_second(oldest) if oldest else None, last[0] if last else None)
        return Count(total, *span, -(-total // PAGE) + 2)

    def _count_ratings(self) -> Count:
        if not self._config.ratings:
            return Count(0, None, None, 0, note="left out by `ratings = false`")
        answer = _fields(msgspec.Raw(self._client.get("satisfaction_ratings/count").content))
        total = int(scalar(_fields(answer.get("count", msgspec.Raw(b"{}"))).get("value")) or 0)
        young = {"start_time": _seconds(self.now() - YOUNG)}
        ends = list[str]()
        for asked in ({}, young):
            for page in self._ratings(asked, pages=1):
                ends += [clock for raw in page.records if (clock := scalar(_fields(raw).get("updated_at")))]
        calls = -(-total // SHORT_PAGE) + RATING_WINDOWS if total else 1
        return Count(total, min(ends, default=None), max(ends, default=None), calls)

    def _asking(self, table: str) -> tuple[Any, Any]:
        def asked(position: Parameters) -> Sheet:
            parameters = {"per_page": PAGE} | _beside(table) | position
            response = self._exporter.get(f"incremental/{table}/cursor", params=parameters)
            fields = fields_of(response.content)
            is_last = bytes(fields.get("end_of_stream", msgspec.Raw(b"null")))
            if is_last not in (b"true", b"false"):
                raise SourceDefectError(f"{self._name}: the export of {table} does not say whether it has ended")
            return Sheet(self._records(response, table), scalar(fields.get("after_cursor")), is_last == b"true")

        def begin(since: int) -> Sheet:
            is_young = since > time.time() - RECENT
            return asked({"start_time": min(since, _seconds(self.now())) if is_young else since})

        return begin, lambda cursor: asked({"cursor": cursor})

    def _first(self, table: str) -> msgspec.Raw | None:
        asked = {"start_time": _seconds(FOUNDED), "per_page": 1}
        records = self._records(self._exporter.get(f"incremental/{table}/cursor", params=asked), table)
        return records[0] if records else None

    def _ratings(
        self, asked: Parameters, created_since: dt.datetime | None = None, size: int = 0, pages: int = 0
    ) -> Iterator[Page]:
        """Yield ratings, whether given or only asked for; at the most so many pages, when a number is given."""
        if not self._config.ratings:
            return
        first = f"{created_since:%Y-%m-%dT%H:%M:%S}" if created_since else ""
        for number, page in enumerate(self._pages("satisfaction_ratings", asked, size), 1):
            # Zendesk does not say which of a rating's times it goes by.
            yield Page([raw for raw in page.records if (scalar(_fields(raw).get("created_at")) or "~") >= first])
            if number == pages:
                return

    def _ratings_of(self, ids: set[str]) -> Iterator[Page]:
        for key in sorted(ids):
            try:
                answer = _fields(msgspec.Raw(self._client.get(f"satisfaction_ratings/{key}").content))
            except NotThereError:
                continue
            if "satisfaction_rating" not in answer:
                raise SourceDefectError(f"{self._name}: satisfaction_ratings/{key}: the answer holds no rating")
            yield Page([answer["satisfaction_rating"]])

    def _pages(self, table: str, asked: Parameters, size: int = 0) -> Iterator[Page]:
        what = f"{self._name}: the cursors of {table}"

        def ask(cursor: str | None) -> tuple[list[msgspec.Raw], str | None]:
            position = {"page[after]": cursor} if cursor is not None else {}
            response = self._client.get(table, params={"page[size]": size or SHORT_PAGE} | asked | position)
            fields, records = fields_of(response.content), self._records(response, table)
            meta = _fields(fields.get("meta", msgspec.Raw(b"{}")))
            if "has_more" not in meta and ("next_page" not in fields or scalar(fields["next_page"])):
                raise SourceDefectError(f"{self._name}: {table}: the page does not say whether more follow")
            if bytes(meta.get("has_more", msgspec.Raw(b"false"))) != b"true":
                return records, None
            if (following := scalar(meta.get("after_cursor"))) is None:
                raise circle(what)
            return records, following

        yield from cursor_pages(ask, what)

    def _records(self, response: requests.Response, name: str) -> list[msgspec.Raw]:
        """Return the records of an answer; tickets with their metrics, which may come beside them."""
        found = records_of(self._name, response, name)
        beside = fields_of(response.content).get("metric_sets") if name == "tickets" else None
        if beside is None:
            return found
        metrics = {scalar(_fields(raw).get("ticket_id")): raw for raw in items(response.content, "metric_sets")}
        return [_with_metrics(raw, metrics) for raw in found]


def _auth(config: ZendeskConfig, secrets: Secrets) -> AuthBase:
    if config.user is None:
        return BearerTokenAuth(secrets["access_token"])
    name = f"{config.user}/token"
    secrets.learn({"credentials": SecretStr(f"{name}:{secrets['api_token']}")})  # as they are sent, encoded
    return HTTPBasicAuth(name, secrets["api_token"])


def _with_metrics(raw: msgspec.Raw, metrics: Mapping[str | None, msgspec.Raw]) -> msgspec.Raw:
    fields = _fields(raw)
    own = metrics.get(scalar(fields.get("id")))
    if own is None or "metric_set" in fields:
        return raw
    return with_field(raw, "metric_set", bytes(own))


def _of(page: Page, wanted: set[str]) -> Page:
    return Page([raw for raw in page.records if scalar(_fields(raw).get("id")) in wanted])


def _beside(table: str) -> Parameters:
    return {"include": "metric_sets"} if table == "tickets" else {}


def _named(fields: Mapping[Any, str]) -> dict[str, str]:
    return {str(role): name for role, name in fields.items()}


def _fields(raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return the fields of a record; none when it is no object, which the landing puts aside as what it is."""
    try:
        return fields_of(bytes(raw))
    except msgspec.DecodeError:
        return {}


def _clock(raw: msgspec.Raw) -> int | None:
    """Return when a record changed, as its export counts: a ticket by every change, a user by `updated_at`."""
    fields = _fields(raw)
    if (generated := scalar(fields.get("generated_timestamp"))) is not None:
        return int(generated) if generated.isdecimal() else None
    try:
        return int(dt.datetime.fromisoformat(scalar(fields.get("updated_at")) or "").timestamp())
    except ValueError:
        return None


def _seconds(instant: dt.datetime) -> int:
    return int(instant.timestamp())
