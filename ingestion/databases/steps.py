"""Which parts of which tables a landing reads.

    window     days of the past that have never been read, the oldest first, in spans that hold enough rows
    changes    the last `reread_days` and what is newer: read again, compared, what is gone becomes a tombstone;
               and, by the cursor, what has changed of older days
    listing    tables without a window are read whole and compared
    backfill   chosen days, read again and compared

Belongs here: the days. Does not belong here: reading and comparing (`reading`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ingestion.databases.client import Client, Range
from ingestion.databases.log import Log
from ingestion.databases.mapping import Database
from ingestion.files import Days

FIRST_SPAN: Final = dt.timedelta(days=7)
LONGEST_SPAN: Final = dt.timedelta(days=366)
FEW_ROWS: Final = 200_000
MANY_ROWS: Final = 1_000_000
DAY: Final = dt.timedelta(days=1)

StepKind = Literal["window", "changes", "listing", "backfill"]


@dataclass
class Step:
    """A part of a table to be read at once.

    Attributes:
        kind: how it is read; all but `window` are compared with the lake.
        part: which rows.
        finds_deletions: what the lake has of this part and the database no longer has becomes a tombstone.
        read_until: all records that came about before this instant, by the database's clock, are in after it.
        received: rows that came of it, once it has been read.
    """

    kind: StepKind
    part: Range
    finds_deletions: bool
    read_until: dt.datetime | None = None
    received: int = 0


def plan_steps(database: Database, client: Client, log: Log, entity: str, days: Days | None) -> Iterator[Step]:
    """Yield the steps of one entity; what a step received decides the span of the next."""
    table, config = database.tables[entity], database.config
    if table.window is None:
        if days is None:
            yield Step("listing", Range(), finds_deletions=True)
        return
    if days is not None:
        # The days are the retailer's; a database that keeps another zone has their edges on the days beside them.
        yield Step("backfill", Range(days.first - DAY, days.last + 2 * DAY), finds_deletions=True)
        return
    today = client.now.astimezone(database.system.zone).date()
    known = log.read_until(entity)
    frontier = known.astimezone(database.system.zone).date() if known else _beginning(database, client, entity)
    last_days = today - dt.timedelta(days=config.reread_days)
    span = FIRST_SPAN
    while frontier is not None and frontier < last_days:
        until = min(frontier + span, last_days)
        step = Step("window", Range(frontier, until), finds_deletions=False, read_until=_instant(database, until))
        yield step
        if step.received < FEW_ROWS:
            span = min(span * 2, LONGEST_SPAN)
        elif step.received > MANY_ROWS:
            span = max(span / 2, DAY)
        frontier = until
    first = last_days if config.start is None else max(last_days, config.start)
    if table.cursor and known is not None:
        since = known - dt.timedelta(minutes=config.overlap_minutes)
        yield Step("changes", Range(config.start, first, since), finds_deletions=False)
    yield Step("changes", Range(first), finds_deletions=True, read_until=client.now)


def _beginning(database: Database, client: Client, entity: str) -> dt.date | None:
    found = client.days(entity)
    if found is None:
        return None
    return max(found[0], database.config.start) if database.config.start else found[0]


def _instant(database: Database, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), database.system.zone).astimezone(dt.UTC)
