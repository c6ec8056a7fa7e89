"""Bulk operations: Shopify runs the query by itself and puts the records into a file.

    run -> watch until it has ended -> save the file -> records

Belongs here: the life of an operation. Does not belong here: what is asked for, and when in bulk (`reader`).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ingestion.connectors.http import Limits
from ingestion.connectors.shopify import queries
from ingestion.connectors.shopify.client import Data, ShopifyClient, denied
from ingestion.connectors.shopify.queries import Selection
from ingestion.connectors.shopify.records import Node, NotUtf8Error, assemble, measure
from ingestion.errors import AccessRefusedError, SourceDefectError, SourceUnavailableError

LONGEST_POLL: Final = 30.0
STALLED_SECONDS: Final = 3600.0  # without a further object; Shopify itself gives up after ten days
ATTEMPTS: Final = 2
_BUSY: Final = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})


class Bulk:
    """Runs operations in one shop, one after the other."""

    def __init__(self, name: str, client: ShopifyClient, limits: Limits, sleep: Callable[[float], None]) -> None:
        self._name, self._client, self._first_poll, self._sleep = name, client, limits.first_wait, sleep

    def records(self, selection: Selection, filtered: str) -> Iterator[Node]:
        """Yield every record that the filter lets through.

        Raises:
            SourceUnavailableError: Shopify has ended the operation, or it does not come forward.
            SourceDefectError: the file is not what the operation has found.
        """
        folder = Path(tempfile.mkdtemp(prefix="evermart_bulk_"))
        try:
            done = self._complete(selection.bulk(filtered))
            if done["url"] is None:
                return  # nothing was found
            path = folder / "records.jsonl"
            self._save(done, path)
            yield from self._assembled(path, selection)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _assembled(self, path: Path, selection: Selection) -> Iterator[Node]:
        try:
            yield from assemble(path, selection, self._client.strike)
        except ValueError as error:
            raise SourceDefectError(f"{self._name}: the file of a bulk operation is wrong: {error}") from None

    def _save(self, done: Data, path: Path) -> None:
        """Save the file, whole: it must have the size or the number of lines that Shopify gives."""
        wrong = ""
        for _ in range(ATTEMPTS + 1):
            wrong = "it is not whole"
            self._client.save(done["url"], path)
            try:
                lines = measure(path)
            except NotUtf8Error as error:
                wrong = str(error)
                continue
            except ValueError:
                continue
            if path.stat().st_size == int(done["fileSize"] or 0) or lines == int(done["objectCount"]):
                return
        raise SourceDefectError(
            f"{self._name}: the file of a bulk operation is wrong, each time that it is fetched: {wrong}; nothing is "
            "taken"
        )

    def _complete(self, query: str) -> Data:
        """Run the operation to its end; what Shopify breaks off is run once more."""
        found: Data = {}
        for _ in range(ATTEMPTS):
            operation = self._start(query)
            found = self._watch(operation)
            if found["status"] == "COMPLETED":
                return found
            if found["errorCode"] == "ACCESS_DENIED":
                raise AccessRefusedError(f"{self._name}: {denied('a bulk operation was refused')}")
        raise SourceUnavailableError(
            f"{self._name}: Shopify has ended the bulk operation as {found['status']} ({found['errorCode']}); "
            "the next night tries again"
        )

    def _start(self, query: str) -> str:
        poll, began = self._first_poll, time.monotonic()
        while True:
            run = self._client.ask(queries.RUN, query=query)["bulkOperationRunQuery"]
            if not run["userErrors"]:
                return str(run["bulkOperation"]["id"])
            error = run["userErrors"][0]
            if error["code"] not in _BUSY:
                raise SourceDefectError(f"{self._name}: a bulk operation is refused: {error['message']}")
            if time.monotonic() - began > STALLED_SECONDS:
                raise SourceUnavailableError(
                    f"{self._name}: other bulk operations of this app do not come to an end ({error['message']})"
                )
            poll = self._pause(poll)

    def _watch(self, operation: str) -> Data:
        poll, moved, before = self._first_poll, time.monotonic(), None
        while True:
            found = self._client.ask(queries.WATCH, id=operation)["bulkOperation"]
            if found is None:
                raise SourceDefectError(f"{self._name}: the bulk operation {operation} is gone")
            if found["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return dict(found)
            if (now := (found["status"], found["objectCount"])) != before:
                before, moved = now, time.monotonic()
            if time.monotonic() - moved > STALLED_SECONDS:
                self._client.ask(queries.CANCEL, id=operation)
                raise SourceUnavailableError(
                    f"{self._name}: a bulk operation stands still at {found['objectCount']} objects, and was cancelled"
                )
            poll = self._pause(poll)

    def _pause(self, poll: float) -> float:
        self._sleep(poll)
        return min(poll * 1.5, LONGEST_POLL)
