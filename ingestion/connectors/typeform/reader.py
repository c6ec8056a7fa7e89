"""Reads an account of Typeform.

    /forms, /forms/{id}            whole: each form with its questions
    /forms/{id}/responses          by since and until, page after page by the token before which to go on

Belongs here: requests and how Typeform words its errors. Does not belong here: which table is read when (`passes`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import requests
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

from ingestion.connectors.answers import object_of, records_of
from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, NotThereError, rest_client, server_time
from ingestion.connectors.paging import circle
from ingestion.connectors.reader import ApiReader, Count, Page, chunks, utc_second
from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.secrets import Secrets
from ingestion.connectors.typeform.config import TypeformConfig
from ingestion.errors import SourceDefectError

PAGE: Final = 1000
FORMS_PAGE: Final = 200
IDS: Final = 50
PACE: Final = 0.5  # Typeform allows two requests a second
YOUNG: Final = dt.timedelta(days=30)
KINDS: Final = "completed,partial"

Parameters = dict[str, Any]


class TypeformReader(ApiReader):
    """Reads the forms and responses of one account, with a personal token."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, TypeformConfig):
            raise TypeError(f"{connector.name} is no account of Typeform")
        if limits.pace is None:
            limits = dataclasses.replace(limits, pace=PACE)
        self._name, self._chosen = connector.name, connector.config.forms
        self._session = BoundedSession(connector, secrets, _explain, limits)
        self._client = rest_client(self._session, connector.config.url, BearerTokenAuth(secrets["token"]), {})
        self._forms: list[str] | None = None

    def now(self) -> dt.datetime:
        """Return the time of Typeform's server."""
        return server_time(self._get("forms", {"page_size": 1}))

    def oldest(self, table: str) -> dt.datetime | None:
        """Return when somebody first landed on one of the forms."""
        found = [self._end(form, "asc") for form in self._form_ids()]
        return min((dt.datetime.fromisoformat(clock) for clock in found if clock), default=None)

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield the responses that were submitted, or left half-way."""
        window: Parameters = {"since": utc_second(since)}
        if until is not None:
            window["until"] = utc_second(until + dt.timedelta(seconds=1))
        for form in self._form_ids():
            yield from self._responses(form, window)

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every form with its questions."""
        for form in self._form_ids():
            yield from self._form(form)

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield every response: the API has no shorter form of them."""
        window = {"since": utc_second(created_since)} if created_since else {}
        for form in self._form_ids():
            yield from self._responses(form, window)

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still."""
        if table == "forms":
            for form, _ in ids:
                yield from self._form(form)
            return
        for form in sorted({parent for _, parent in ids if parent}):
            for some in chunks([key for key, parent in ids if parent == form], IDS):
                try:
                    yield from self._responses(form, {"included_response_ids": ",".join(some)})
                except NotThereError:
                    break

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Return how long a response is likely to be completed or deleted."""
        return YOUNG

    def count(self, table: str) -> Count:
        """Return how many there are, and the first and last."""
        forms = self._form_ids()
        if table == "forms":
            return Count(len(forms), None, None, len(forms) + 1)
        total, ends = 0, list[str]()
        for form in forms:
            total += _total(self._get(f"forms/{form}/responses", {"page_size": 1, "response_type": KINDS}))
            ends += [clock for order in ("asc", "desc") if (clock := self._end(form, order))]
        return Count(total, min(ends, default=None), max(ends, default=None), -(-total // PAGE) + len(forms))

    def _form_ids(self) -> list[str]:
        if self._chosen:
            return list(self._chosen)
        if self._forms is None:
            found = list[str]()
            while True:
                number = len(found) // FORMS_PAGE + 1
                response = self._get("forms", {"page": number, "page_size": FORMS_PAGE})
                ids = [scalar(fields_of(bytes(raw)).get("id")) for raw in records_of(self._name, response, "items")]
                fresh = [key for key in ids if key and key not in found]
                found += fresh
                if len(ids) < FORMS_PAGE or len(found) >= _total(response):
                    break
                if not fresh:
                    raise SourceDefectError(f"{self._name}: the pages of /forms repeat; nothing of this load is taken")
            self._forms = found
        return self._forms

    def _form(self, form: str) -> Iterator[Page]:
        try:
            yield Page([msgspec.Raw(self._get(f"forms/{form}", {}).content.strip())])
        except NotThereError:
            return

    def _responses(self, form: str, window: Parameters) -> Iterator[Page]:
        """Yield the pages of a form's responses, the newest first, going on before the last one's token."""
        seen = set[str]()
        position: Parameters = {}
        while True:
            asked = {"page_size": PAGE, "response_type": KINDS} | window | position
            response = self._get(f"forms/{form}/responses", asked)
            records = records_of(self._name, response, "items")
            if not records:
                return
            total = _total(response)
            yield Page(records, form, max(total, len(seen) + len(records)))
            last = scalar(fields_of(bytes(records[-1])).get("token"))
            if last is None or last in seen:
                raise circle(f"{self._name}: the pages of form {form}")
            seen.update(key for raw in records if (key := scalar(fields_of(bytes(raw)).get("token"))))
            if total <= len(records):
                return
            position = {"before": last}

    def _end(self, form: str, order: str) -> str | None:
        asked = {"page_size": 1, "sort": f"landed_at,{order}", "response_type": KINDS}
        records = records_of(self._name, self._get(f"forms/{form}/responses", asked), "items")
        return scalar(fields_of(bytes(records[0])).get("landed_at")) if records else None

    def _get(self, path: str, parameters: Parameters) -> requests.Response:
        return self._client.get(path, params=parameters)


def _total(response: requests.Response) -> int:
    return int(scalar(fields_of(response.content).get("total_items")) or 0)


def _explain(response: requests.Response) -> str | None:
    """Return what Typeform says is wrong; None for data."""
    said = object_of(response)
    if "code" not in said or "description" not in said:
        return None
    code, text = str(said["code"]), str(said["description"])
    if response.status_code == 401 or code == "AUTHENTICATION_FAILED":
        return f"the token is wrong or has expired; make a new one and set it ({text})"
    if response.status_code == 403:
        return f"the token lacks a scope; make one with forms:read and responses:read ({text})"
    return f"{text} ({code})"
