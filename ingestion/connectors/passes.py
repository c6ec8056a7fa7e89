"""The passes over a system's tables in one landing: which records are asked for, in which order, and what is gone.

    changes    since the last night by the system's clock, with an overlap; a first load goes window by window
    listing    tables without a clock are read whole
    sweep      ids and clocks are compared with the lake: what no clock tells, and what was deleted for good
    children   of every parent that has changed

Belongs here: the order and the rules, the same for all vendors. Does not belong here: requests, writing to the lake.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ingestion.connectors.connector import Connector
from ingestion.connectors.reader import NearSighted, Page, PartlyBlind, Reader
from ingestion.connectors.records import fields_of, scalar
from ingestion.connectors.spool import Pass, Spool
from ingestion.connectors.state import State
from ingestion.errors import SourceDefectError
from ingestion.files import Days
from ingestion.settings import Settings

BATCH_RECORDS: Final = 50_000
BATCH_SECONDS: Final = 300
FIRST_SPAN: Final = dt.timedelta(days=1)
LONGEST_SPAN: Final = dt.timedelta(days=128)
FEW_RECORDS: Final = 500
MANY_RECORDS: Final = 10_000
OPEN_DAYS: Final = dt.timedelta(days=2)
MOST_PAGES: Final = 100_000
MOST_REPEATS: Final = 5
TELL_EVERY: Final = 5.0
FEW_DELETED: Final = 20

Tell = Callable[[str], None]
Batch = dict[str, Spool]


class Passes:
    """One landing of one system, handed over in batches of which each lands whole."""

    def __init__(
        self, connector: Connector, reader: Reader, settings: Settings, work: Path, tell: Tell = lambda line: None
    ) -> None:
        self._connector, self._reader, self._settings, self._tell = connector, reader, settings, tell
        self._state = State(connector, settings)
        self._work, self._batches = work, 0
        self._tables = connector.entities
        self._told = 0.0
        self._open()

    def batches(self, days: Days | None = None) -> Iterator[Batch]:
        """Yield what was read, in batches; the caller lands each before it asks for the next.

        Args:
            days: read what changed on these days again, in the retailer's zone; None: what is new.
        """
        for _ in self._backfill(days) if days else self._night():
            if self._records > BATCH_RECORDS or time.monotonic() - self._began > BATCH_SECONDS:
                yield self._close(everything=days is not None)
                self._open()
        yield self._close(everything=days is not None)
        self._state.forget()

    def _night(self) -> Iterator[None]:
        for table, spec in self._tables.items():
            if spec.mode == "changes":
                yield from self._changes(table)
            elif spec.mode == "listing":
                self._listing(table)
                yield

    def _backfill(self, days: Days) -> Iterator[None]:
        zone = ZoneInfo(self._connector.time_zone)
        since, until = (
            dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
            for day in (days.first, days.last + dt.timedelta(days=1))
        )
        for table, spec in self._tables.items():
            if spec.mode == "changes":
                label = f"backfill/{days.first}_{days.last}"
                self._read(Pass(table, "backfill", label, days.first), self._reader.changes(table, since, until))
                yield

    def _changes(self, table: str) -> Iterator[None]:
        """Read windows of the past until the present, then what is open."""
        now = min(self._reader.now(), dt.datetime.now(dt.UTC))
        known = self._state.read_until(table)
        since = known or self._beginning(table)
        span = FIRST_SPAN
        horizon = _day(now) - FIRST_SPAN
        while since is not None and since < horizon and (known is None or now - since > OPEN_DAYS):
            until = min(_day(since) + span, horizon)
            label = f"window/{since:%Y-%m-%dT%H:%M}_{until:%Y-%m-%dT%H:%M}"
            window = Pass(table, "window", label, since.date(), until)
            self._read(window, self._reader.changes(table, since, until))
            if window.received < FEW_RECORDS:
                span = min(span * 2, LONGEST_SPAN)
            elif window.received > MANY_RECORDS:
                span = max(span / 2, FIRST_SPAN)
            since = until
            yield
        changes = Pass(table, "changes", "changes", None, now)
        if since is not None:
            overlap = dt.timedelta(minutes=self._connector.config.overlap_minutes)
            self._read(changes, self._reader.changes(table, since - overlap, None))
        else:
            self._pass(changes)
        yield
        if known is not None and self._tables[table].can_vanish:
            self._sweep(table)
            yield

    def _beginning(self, table: str) -> dt.datetime | None:
        oldest = self._reader.oldest(table)
        if self._connector.config.start is None or oldest is None:
            return _day(oldest) if oldest else None
        return max(_day(oldest), dt.datetime.combine(self._connector.config.start, dt.time(), dt.UTC))

    def _listing(self, table: str) -> None:
        listing = Pass(table, "listing", "listing")
        found = self._read(listing, self._reader.listing(table))
        known = self._state.alive(table)
        blind = self._reader.out_of_sight(table) if isinstance(self._reader, PartlyBlind) else set[str]()
        missing = {key: parent for key, (_, parent) in known.items() if key not in found and parent not in blind}
        self._settle(table, missing, {}, listing, len(known))

    def _sweep(self, table: str) -> None:
        """Compare ids and clocks with the lake: all now and then, those that are young every night."""
        now = dt.datetime.now(dt.UTC)
        last, start = self._state.last_sweep(table), self._connector.config.start
        kind = "sweep"
        created_since = dt.datetime.combine(start, dt.time(), dt.UTC) if start else None
        if last is not None and now - last < dt.timedelta(days=self._connector.config.sweep_days):
            if (young := self._reader.sweep_window(table)) is None:
                return
            kind, created_since = "sweep_young", now - young
        if isinstance(self._reader, NearSighted) and (visible := self._reader.visible_since(table)):
            created_since = max(visible, created_since or visible)
        spec = self._tables[table]
        # Some systems list ids alone, without a clock: then only what is new or gone can be told.
        listed, parents, clockless = dict[str, str | None](), dict[str, str | None](), set[str]()
        for page in self._guarded(table, self._reader.keys(table, created_since)):
            for raw in page.records:
                fields = fields_of(bytes(raw), spec.envelope)
                if key := scalar(fields.get(spec.id)):
                    listed[key] = scalar(fields.get(spec.clock)) if spec.clock else None
                    parents[key] = page.parent_id
                    if spec.clock not in fields:
                        clockless.add(key)
        known = self._state.alive(table, f"{created_since:%Y-%m-%dT%H:%M:%S}" if created_since else None)
        missing = {key: parent for key, (_, parent) in known.items() if key not in listed}
        other = {
            key: known[key][1] if key in known else parents.get(key)
            for key, clock in listed.items()
            if key not in known or (known[key][0] != clock and key not in clockless)
        }
        self._settle(table, missing, other, Pass(table, kind, kind), len(known))

    def _settle(
        self, table: str, missing: dict[str, str | None], other: dict[str, str | None], of: Pass, known: int
    ) -> None:
        """Read the records that differ, ask once more for those that are missing, and bury what is gone."""
        found = set[str]()
        if wanted := [*missing.items(), *other.items()]:
            found = self._read(of, self._reader.these(table, wanted))
        else:
            self._pass(of)
        gone = {key: parent for key, parent in missing.items() if key not in found}
        if len(gone) > max(FEW_DELETED, known / 2) and not self._connector.config.allow_mass_deletion:
            raise SourceDefectError(
                f"{self._connector.name}: {len(gone):,} of {known:,} {table} are gone at once, so nothing of this load "
                "is taken; if they were deleted on purpose, set allow_mass_deletion = true for one night"
            )
        self._batch[table].bury(gone, of, dt.datetime.now(dt.UTC))

    def _children(self, table: str, parent: str, everything: bool) -> None:
        of = Pass(table, "children", "children")
        known: dict[str, set[str]] | None = None
        for number, (key, text) in enumerate(self._batch[parent].changed(self._settings, everything=everything)):
            if known is None:
                self._pass(of)
                known = self._state.children(table)
            before, found = known.get(key, set()), set[str]()
            if text and (before or self._reader.has_children(table, text.encode())):
                for page in self._guarded(table, self._reader.children(table, key)):
                    found.update(self._batch[table].add(page, of))
            self._batch[table].bury(dict.fromkeys(before - found, key), of, dt.datetime.now(dt.UTC))
            self._progress(table, number, f"changed {parent} looked through")

    def _read(self, of: Pass, pages: Iterator[Page]) -> set[str]:
        self._pass(of)
        spool, found = self._batch[of.table], set[str]()
        for page in self._guarded(of.table, pages):
            found.update(spool.add(page, of))
            self._records += len(page.records)
            self._progress(of.table, len(found), f"of about {page.total:,} records" if page.total else "records")
        return found

    def _guarded(self, table: str, pages: Iterator[Page]) -> Iterator[Page]:
        """Pass pages on, and stop when one repeats the one before it or they never end."""
        before, repeats = b"", 0
        for number, page in enumerate(pages):
            joined = b"".join(bytes(raw) for raw in (*page.records[:1], *page.records[-1:]))
            # A reader that begins anew repeats a page too, and says itself when that leads nowhere.
            repeats = repeats + 1 if joined and joined == before else 0
            if repeats > MOST_REPEATS:
                raise SourceDefectError(
                    f"{self._connector.name}: {table}: the same page comes again and again; nothing of this load is "
                    "taken. Switch off caches in front of the API"
                )
            if number >= MOST_PAGES:
                raise SourceDefectError(
                    f"{self._connector.name}: {table}: more than {MOST_PAGES:,} pages; nothing is taken"
                )
            before = joined
            yield page

    def _pass(self, of: Pass) -> Pass:
        spool = self._batch[of.table]
        if of not in spool.passes:
            spool.passes.append(of)
        return of

    def _open(self) -> None:
        self._state.forget()
        self._batches += 1
        self._records, self._began = 0, time.monotonic()
        folder = self._work / f"batch-{self._batches}"
        self._batch: Batch = {name: Spool(self._connector, name, folder / name) for name in self._tables}

    def _close(self, *, everything: bool) -> Batch:
        for table, spec in self._tables.items():
            if spec.mode == "children" and spec.parent:
                self._children(table, spec.parent, everything)
        for table, spool in self._batch.items():
            spool.fields_new = spool.shapes.seen - self._state.fields(table)
        return self._batch

    def _progress(self, table: str, count: int, of: str) -> None:
        if time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            self._tell(f"{self._connector.name} {table}: {count:,} {of}, {self._reader.calls:,} calls so far")


def _day(instant: dt.datetime) -> dt.datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
