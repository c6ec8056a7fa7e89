"""Lists page by page: by a cursor, or by offset and yet without losing a record where a system has no cursor.

Belongs here: going through a list. Does not belong here: asking for a page, which each vendor does its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from ingestion.connectors.reader import Page
from ingestion.connectors.records import fields_of, scalar
from ingestion.errors import SourceDefectError

RESTARTS: Final = 3

Ask = Callable[[int, int], tuple[list[msgspec.Raw], int | None]]
AskAfter = Callable[[str | None], tuple[list[msgspec.Raw], str | None]]


class Trail:
    """The cursors by which a list was read so far; `what` names them in words for people."""

    def __init__(self, what: str) -> None:
        self._what, self._seen = what, set[str]()

    def follow(self, cursor: str | None) -> str:
        """Return the cursor that leads on.

        Raises:
            SourceDefectError: there is none, or it has led on before.
        """
        if cursor is None or cursor in self._seen:
            raise circle(self._what)
        self._seen.add(cursor)
        return cursor


def circle(what: str) -> SourceDefectError:
    """Return the error of a list that never ends; `what` names its pages or cursors."""
    return SourceDefectError(f"{what} lead in a circle; nothing of this load is taken")


def cursor_pages(ask: AskAfter, what: str) -> Iterator[Page]:
    """Yield the pages of a list, each asked for by the cursor that came with the one before.

    Args:
        ask: gives the records after a cursor, from the beginning without one, and the next cursor; None at the end.
        what: the cursors, in words for people.

    Raises:
        SourceDefectError: the cursors lead in a circle.
    """
    trail, cursor = Trail(what), None
    while True:
        records, following = ask(cursor)
        yield Page(records)
        if following is None:
            return
        cursor = trail.follow(following)


def seamed_pages(ask: Ask, size: int, what: str, key: str = "id") -> Iterator[Page]:
    """Yield the pages of a list in the order of ids, each beginning with the last record of the one before.

    When a record leaves the list while it is read, all that follow move up, and one would be skipped at the next page.
    Then the seam does not fit, and the list is read from the beginning.

    Args:
        ask: gives at most so many records (second) from a place on (first), and how many there are in all.
        size: records of a page, at least two.
        what: the list, in words for people.
        key: field of the id.

    Raises:
        SourceDefectError: the pages never fit.
    """
    for _ in range(RESTARTS):
        offset, seam = 0, None
        while True:
            overlap = 1 if seam is not None else 0
            records, total = ask(offset - overlap, size)
            if seam is not None and (not records or _key(records[0], key) != seam):
                break
            fresh = records[overlap:]
            if fresh:
                yield Page(fresh, total=total)
                seam = _key(fresh[-1], key)
            offset += len(fresh)
            if not fresh or (total is not None and total <= offset):
                return
    raise SourceDefectError(
        f"{what} repeat or move each time they are read, so nothing of this load is taken; switch off caches in front "
        "of the API, and run the night when the shop is quiet"
    )


def _key(record: msgspec.Raw, key: str) -> str | None:
    return scalar(fields_of(bytes(record)).get(key))
