"""Reads a LimeSurvey.

    list_surveys -> list_questions, list_participants (by offset), export_responses (base64 of JSON, by ranges of ids)

It has no clock that can be asked: all is read each night. Belongs here: which calls are made. Does not belong here:
sessions and errors (`rpc`), which table is read when (`passes`).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from ingestion.connectors.connector import Connector
from ingestion.connectors.http import BoundedSession, Limits, rest_client, server_time
from ingestion.connectors.limesurvey.config import LimeSurveyConfig
from ingestion.connectors.limesurvey.rpc import Rpc, explain
from ingestion.connectors.reader import ApiReader, Count, Page
from ingestion.connectors.records import fields_of, items, scalar
from ingestion.connectors.secrets import Secrets
from ingestion.errors import SourceDefectError

RESPONSES: Final = 2_000  # ids of one export
PARTICIPANTS: Final = 1_000
EMPTY_RANGES: Final = 500  # ranges of ids without a response, one after the other: a million deleted responses
ASKED: Final = ["sent", "emailstatus", "language"]  # of participants, beside their name and address
OUT_OF_SIGHT: Final = frozenset({"responses", "participants"})


class LimeSurveyReader(ApiReader):
    """Reads the surveys that one user may see."""

    def __init__(self, connector: Connector, secrets: Secrets, limits: Limits) -> None:
        if not isinstance(connector.config, LimeSurveyConfig):
            raise TypeError(f"{connector.name} is no LimeSurvey")
        self._name, self._config = connector.name, connector.config
        self._zone = connector.config.server_time_zone or connector.time_zone
        self._secrets = secrets
        self._session = BoundedSession(connector, secrets, explain, limits)
        self._client = rest_client(self._session, connector.config.url, None, {})
        self._rpc = Rpc(self._name, self._client, connector.config.path, connector.config.user, secrets)
        self._surveys: dict[str, bytes] | None = None

    def close(self) -> None:
        """Log out, and give back connections."""
        self._rpc.close()
        super().close()

    def now(self) -> dt.datetime:
        """Return the time of the web server."""
        body = {"method": "list_surveys", "params": [""], "id": 1}
        return server_time(self._client.post(self._config.path, json=body))

    def oldest(self, table: str) -> dt.datetime | None:
        """No table has a clock."""
        return None

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """No table has a clock."""
        yield from ()

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every record."""
        if table == "surveys":
            yield Page([msgspec.Raw(text) for text in self._known().values()])
            return
        for survey in self._known():
            yield from self._of(table, survey)

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Every table is listed whole."""
        yield from ()

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those that are there still: a page by offset may have missed one when another went."""
        wanted = {key for key, _ in ids}
        self._surveys = None
        surveys = self._known()
        if table == "surveys":
            yield Page([msgspec.Raw(text) for key, text in surveys.items() if key in wanted])
            return
        for survey in sorted({parent for _, parent in ids if parent and parent in surveys}):
            for page in self._of(table, survey):
                found = [raw for raw in page.records if scalar(fields_of(bytes(raw)).get("_key")) in wanted]
                if found:
                    yield Page(found, survey)

    def out_of_sight(self, table: str) -> set[str]:
        """Return the surveys that are not active: LimeSurvey has put their responses away, not deleted them."""
        if table not in OUT_OF_SIGHT:
            return set()
        return {key for key, text in self._known().items() if scalar(fields_of(text).get("active")) != "Y"}

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Every table is listed whole."""
        return None

    def count(self, table: str) -> Count:
        """Return how many there are, by LimeSurvey's own counts."""
        if table == "surveys":
            return Count(len(self._known()), None, None, 1)
        if table == "questions":
            return Count(sum(len(page.records) for page in self.listing(table)), None, None, len(self._known()))
        size = RESPONSES if table == "responses" else PARTICIPANTS
        totals = [
            self._total(survey, "full_responses" if size == RESPONSES else "token_count") for survey in self._known()
        ]
        return Count(sum(totals), None, None, sum(-(-total // size) + 1 for total in totals))

    def _known(self) -> dict[str, bytes]:
        """Return the surveys to take, by id."""
        if self._surveys is None:
            chosen = {str(survey) for survey in self._config.surveys}
            found = {scalar(fields_of(bytes(raw)).get("sid")): bytes(raw) for raw in self._list("list_surveys")}
            if missing := chosen - set(found):
                raise SourceDefectError(
                    f"{self._name}: survey {', '.join(sorted(missing))} is not among those that the user may see; "
                    "correct `surveys`"
                )
            self._surveys = {key: text for key, text in found.items() if key and (not chosen or key in chosen)}
        return self._surveys

    def _of(self, table: str, survey: str) -> Iterator[Page]:
        if table == "questions":
            rows = self._list("list_questions", int(survey))
            yield Page([self._keyed(raw, survey, "qid") for raw in rows], survey)
        elif table == "participants":
            yield from self._participants(survey)
        else:
            yield from self._responses(survey)

    def _participants(self, survey: str) -> Iterator[Page]:
        start = 0
        while True:
            rows = self._list("list_participants", int(survey), start, PARTICIPANTS, False, ASKED)
            if rows:
                yield Page([self._keyed(raw, survey, "tid") for raw in rows], survey)
            if len(rows) < PARTICIPANTS:
                return
            start += len(rows)

    def _responses(self, survey: str) -> Iterator[Page]:
        """Yield the responses range by range: one answer with all of them could be of any size."""
        first, seen, empty = 1, 0, 0
        while (total := self._total(survey, "full_responses")) > seen:
            if empty == EMPTY_RANGES:
                raise SourceDefectError(
                    f"{self._name}: survey {survey} says that it has {total:,} responses and shows {seen:,}; nothing "
                    "of this load is taken"
                )
            rows = self._export(survey, first, first + RESPONSES - 1)
            if rows:
                yield Page([self._keyed(raw, survey, "id") for raw in rows], survey, total)
            first, seen, empty = first + RESPONSES, seen + len(rows), 0 if rows else empty + 1

    def _export(self, survey: str, first: int, last: int) -> list[msgspec.Raw]:
        result = self._rpc.call("export_responses", int(survey), "json", None, "all", "code", "long", first, last)
        text = scalar(result)
        if text is None:
            return []
        try:
            # What is written in base64 shows no secret before it is decoded.
            body = self._secrets.strike_bytes(base64.b64decode(text, validate=True)).removeprefix(b"\xef\xbb\xbf")
            return [_unwrapped(raw) for raw in items(body, "responses")]
        except (binascii.Error, ValueError) as error:
            raise SourceDefectError(f"{self._name}: the export of survey {survey} cannot be read: {error}") from None

    def _total(self, survey: str, name: str) -> int:
        result = self._rpc.call("get_summary", int(survey), name)
        if result is None:
            return 0
        value = scalar(result) or scalar(fields_of(bytes(result)).get(name))
        return int(value or 0)

    def _list(self, method: str, *parameters: object) -> list[msgspec.Raw]:
        result = self._rpc.call(method, *parameters)
        if result is None:
            return []
        try:
            return items(bytes(result))
        except ValueError as error:
            raise SourceDefectError(f"{self._name}: {method}: {error}") from None

    def _keyed(self, raw: msgspec.Raw, survey: str, name: str) -> msgspec.Raw:
        """Return a record with the key that it has over all surveys, its survey, and the zone of its times."""
        text = bytes(raw).lstrip()
        try:
            own = scalar(fields_of(text).get(name))
        except msgspec.DecodeError:
            return raw  # put aside as what it is
        added = msgspec.json.encode({"_key": f"{survey}:{own}" if own else None, "_sid": survey, "_zone": self._zone})
        return msgspec.Raw(added[:-1] + b"," + text[1:])


def _unwrapped(raw: msgspec.Raw) -> msgspec.Raw:
    """Return the record; LimeSurvey 3 and older wrap it into an object by its id."""
    try:
        fields = fields_of(bytes(raw))
    except msgspec.DecodeError:
        return raw
    if len(fields) == 1:
        [only] = fields.values()
        if bytes(only).lstrip().startswith(b"{"):
            return only
    return raw
