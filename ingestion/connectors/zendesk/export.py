"""One incremental export, read window by window.

    start_time -> page, after_cursor -> page, ... -> end_of_stream

An export begins at an instant and ends now: it knows no last instant. What a page holds beyond a window's end is kept
for the window that follows, so that a first load asks for no page twice.

Belongs here: going through an export. Does not belong here: requests and what a record's clock is (`reader`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from ingestion.connectors.paging import Trail
from ingestion.connectors.reader import Page


@dataclass(frozen=True)
class Sheet:
    """One answer of an export."""

    records: list[msgspec.Raw]
    cursor: str | None
    is_last: bool


@dataclass
class Export:
    """One export of one account.

    Attributes:
        what: the export, in words for people.
        begin: asks for the first page from an instant, in seconds of Unix time.
        follow: asks for the page after a cursor.
        clock: tells when a record last changed, in seconds of Unix time; None when it does not say.
    """

    what: str
    begin: Callable[[int], Sheet]
    follow: Callable[[str], Sheet]
    clock: Callable[[msgspec.Raw], int | None]
    _reached: int | None = None
    _kept: list[msgspec.Raw] = field(default_factory=list)
    _cursor: str | None = None
    _is_over: bool = False

    def window(self, since: int, until: int | None) -> Iterator[Page]:
        """Yield what changed in [since, until), or what changed since; some may come twice, as Zendesk sends it.

        Raises:
            SourceDefectError: the cursors lead in a circle, or end before the export does.
        """
        if self._reached != since:
            self._kept, self._cursor, self._is_over = [], None, False
        self._reached = None  # a window that breaks off is read anew
        trail = Trail(f"{self.what}: the cursors")
        if self._cursor is not None:
            trail.follow(self._cursor)
        while True:
            inside, self._kept = self._parted(until)
            if inside:
                yield Page(inside)
            if self._kept or self._is_over:
                break
            sheet = self.begin(since) if self._cursor is None else self.follow(self._cursor)
            self._kept, self._is_over = sheet.records, sheet.is_last
            self._cursor = sheet.cursor if sheet.is_last else trail.follow(sheet.cursor)
        self._reached = until

    def _parted(self, until: int | None) -> tuple[list[msgspec.Raw], list[msgspec.Raw]]:
        if until is None:
            return self._kept, []
        inside, beyond = list[msgspec.Raw](), list[msgspec.Raw]()
        for raw in self._kept:
            clock = self.clock(raw)
            (beyond if clock is not None and clock >= until else inside).append(raw)
        return inside, beyond
