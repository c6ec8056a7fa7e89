"""Files that should have come and have not: per store and day, from what has landed.

A file that has landed counts for ever, also when it is archived later. A refused file has come: it is reported as such.
Belongs here: the days and stores of which files are missed. Does not belong here: showing them (`ingestion.check`,
`orchestration.landing_checks`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ingestion.files.listing import place
from ingestion.landing_log import newest_entries
from ingestion.mapping import System
from ingestion.mapping_file import Expected
from ingestion.settings import Settings

DAY: Final = dt.timedelta(days=1)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class MissingFile:
    """A file that has not come."""

    entity: str
    store: str
    day: dt.date

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.entity} of store {self.store} of {self.day}"


def missing_files(system: System, settings: Settings, paths: Iterable[tuple[str, str]] = ()) -> list[MissingFile]:
    """Return the files that are missed, by day, entity and store.

    Args:
        system: the system; without `expected` in its mapping nothing is missed.
        settings: say which day it is (`as_of_date`) and where the landing log is.
        paths: entity and path of files that are there and may not have landed yet.
    """
    expected = system.expected
    if expected is None:
        return []
    came = {(entry.entity, entry.path) for entry in newest_entries(settings, system) if entry.status != "withdrawn"}
    found = set(_placed(system, came | set(paths)))
    last = settings.as_of_date() - expected.days_late * DAY
    missed = [
        MissingFile(entity, store, day)
        for entity in expected.entities
        for store, first in _stores(system, expected, found).items()
        for day in _days(expected, max(first, last - (expected.lookback_days - 1) * DAY), last)
        if (entity, store, day) not in found
    ]
    return sorted(missed, key=lambda one: (one.day, one.entity, one.store))


def _placed(system: System, paths: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, dt.date]]:
    for entity, path in paths:
        for pattern in system.entities[entity].files if entity in system.entities else ():
            day, store = place(pattern, path) or (None, None)
            if day is not None and store is not None:
                yield entity, store, day


def _stores(system: System, expected: Expected, found: Iterable[tuple[str, str, dt.date]]) -> dict[str, dt.date]:
    """Return the stores and the first day of each: the first of the partitions, or of its own files of any entity."""
    if expected.stores and system.partitions:
        return dict.fromkeys(expected.stores, system.partitions.start)
    first = dict[str, dt.date]()
    for _, store, day in found:
        if not expected.stores or store in expected.stores:
            first[store] = min(day, first.get(store, day))
    return first


def _days(expected: Expected, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    day = first
    while day <= last:
        if _WEEKDAYS[day.weekday()] not in expected.closed_on and day not in expected.closed_days:
            yield day
        day += DAY
