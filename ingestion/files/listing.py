"""Which files a system holds for an entity: paths, dates in paths, time and size of the last change.

Belongs here: listing through dlt's filesystem source, and telling an outage from an empty folder.
Does not belong here: opening a file, and what has landed already (`ingestion.landing_log`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import fsspec
from dlt.common.storages.fsspec_filesystem import FileItemDict
from dlt.extract.exceptions import ResourceExtractionError
from dlt.sources.filesystem import filesystem

from ingestion.errors import SourceUnavailableError
from ingestion.mapping import DATE_PLACEHOLDER, System

_PAGE: Final = 10_000
_DATE: Final = r"(?P<date>\d{4}-\d{2}-\d{2})"


@dataclass(frozen=True)
class Days:
    """A range of days, both ends included."""

    first: dt.date
    last: dt.date

    def __contains__(self, day: dt.date | None) -> bool:
        """Return whether the day lies inside; a file without a date never does."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True)
class SourceFile:
    """One file of a system. `path` is relative to the system's location, so that a moved folder lands nothing twice."""

    item: FileItemDict
    date: dt.date | None

    @property
    def path(self) -> str:
        """Path below the system's location."""
        return str(self.item["relative_path"])

    @property
    def size(self) -> int:
        """Size in bytes."""
        return int(self.item["size_in_bytes"])

    @cached_property
    def modified_at(self) -> dt.datetime:
        """When the file last changed, in UTC."""
        return dt.datetime.fromisoformat(self.item["modification_date"].isoformat()).astimezone(dt.UTC)

    @property
    def fingerprint(self) -> str:
        """Changes when the file does: its size and the time of its last change."""
        return f"{self.size}:{self.modified_at.isoformat()}"

    @property
    def local_path(self) -> Path | None:
        """Where the file lies, when it lies on this machine."""
        return Path(self.item.local_file_path) if self.item["file_url"].startswith("file:") else None


def list_files(system: System, entity: str, days: Days | None = None) -> list[SourceFile]:
    """Return the files of one entity, by path; with `days`, only those whose `{date}` lies inside.

    Raises:
        SourceUnavailableError: when the location does not exist, or cannot be reached.
    """
    try:
        _require_location(system.location)
        found = {file.path: file for pattern in system.entities[entity].files for file in _matching(system, pattern)}
    except (OSError, ResourceExtractionError) as error:
        cause = error.__cause__ or error
        raise SourceUnavailableError(f"{system.name}: {system.location} cannot be listed: {cause}") from error
    return [file for _, file in sorted(found.items()) if days is None or file.date in days]


def _require_location(location: str) -> None:
    if "://" not in location and not Path(location).is_dir():
        raise FileNotFoundError("the folder does not exist; create it, or correct `location` in the mapping")
    if location.startswith("memory://"):
        fsspec.filesystem("memory").ls(location)


def _matching(system: System, pattern: str) -> Iterator[SourceFile]:
    listing: Any = filesystem(system.location, file_glob=pattern.replace(DATE_PLACEHOLDER, "*"), files_per_page=_PAGE)
    dated = re.compile(_as_regex(pattern)) if DATE_PLACEHOLDER in pattern else None
    for item in listing:
        match = dated.fullmatch(item["relative_path"]) if dated else None
        if dated and not match:
            continue
        date = _date(match["date"]) if match else None
        if dated and date is None:
            continue
        yield SourceFile(item, date)


def _as_regex(pattern: str) -> str:
    wild = {r"\*\*/": r"(?:.*/)?", r"\*\*": ".*", r"\*": "[^/]*", r"\?": "[^/]", re.escape(DATE_PLACEHOLDER): _DATE}
    regex = re.escape(pattern)
    for glob, replacement in wild.items():
        regex = regex.replace(glob, replacement)
    return regex


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
