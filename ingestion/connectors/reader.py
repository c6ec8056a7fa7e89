"""What a vendor's reader must be able to do; the passes over its tables are the same for all (`passes`).

Belongs here: the interface, what its implementations share, and the page. Does not belong here: any vendor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import msgspec

from ingestion.connectors.http import BoundedSession

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page:
    """Records of one answer, as sent. `parent_id` when the address named the record that they hang on.

    `total` is how many records the system says there are, for progress; None when it does not say.
    """

    records: list[msgspec.Raw]
    parent_id: str | None = None
    total: int | None = None


@dataclass(frozen=True)
class Count:
    """What a check found in one table: how many records, the oldest and newest, and the calls of a first load.

    `note` says what the table leaves out, such as what is older than the key may read.
    """

    records: int | None
    oldest: str | None
    newest: str | None
    calls: int
    note: str | None = None


class Reader(Protocol):
    """Reads the tables of one system. Every method may raise the errors of `ingestion.errors`."""

    @property
    def calls(self) -> int:
        """Requests sent so far."""

    def now(self) -> dt.datetime:
        """Return the time by the system's own clock, in UTC."""

    def oldest(self, table: str) -> dt.datetime | None:
        """Return an instant that no change is older than; None when the table is empty."""

    def changes(self, table: str, since: dt.datetime, until: dt.datetime | None) -> Iterator[Page]:
        """Yield every living record that changed in [since, until), and those in the bin; more does no harm."""

    def listing(self, table: str) -> Iterator[Page]:
        """Yield every living record."""

    def keys(self, table: str, created_since: dt.datetime | None) -> Iterator[Page]:
        """Yield id and clock alone of every record, or of those created since, those in the bin included."""

    def these(self, table: str, ids: Sequence[tuple[str, str | None]]) -> Iterator[Page]:
        """Yield those of the records (id, parent id) that are there still."""

    def has_children(self, table: str, record: bytes) -> bool:
        """Tell whether a parent has children of this table, from the parent alone."""

    def children(self, table: str, parent_id: str) -> Iterator[Page]:
        """Yield the children of one parent; nothing when the parent is gone."""

    def sweep_window(self, table: str) -> dt.timedelta | None:
        """Return how young a record must be to be compared every night; None compares no record nightly."""

    def count(self, table: str) -> Count:
        """Return what can be read of a table, in few calls."""

    def close(self) -> None:
        """Give back connections."""


class ApiReader:
    """What readers over HTTP have in common: one session, and no children unless the vendor has some."""

    _session: BoundedSession

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self._session.calls

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def has_children(self, table: str, record: bytes) -> bool:
        """No table hangs on another one."""
        return False

    def children(self, table: str, parent_id: str) -> Iterator[Page]:
        """No table hangs on another one."""
        yield from ()


@runtime_checkable
class NearSighted(Protocol):
    """A reader to whom a system may show its youngest records alone."""

    def visible_since(self, table: str) -> dt.datetime | None:
        """Return the instant before which records were made that we cannot see, although they may live; None: none."""


@runtime_checkable
class PartlyBlind(Protocol):
    """A reader of a system that puts the records of some parents away without deleting them."""

    def out_of_sight(self, table: str) -> set[str]:
        """Return the parents whose records cannot be seen now, although they may live."""


def utc_second(instant: dt.datetime) -> str:
    """Return the second in which an instant lies, in UTC: 2026-01-31T21:59:59Z."""
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def chunks(sequence: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the sequence in parts of at most `size`."""
    for start in range(0, len(sequence), size):
        yield sequence[start : start + size]
