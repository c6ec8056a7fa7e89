"""Which files a system holds for an entity: paths, dates in paths, time and size of the last change.

Belongs here: listing through dlt's filesystem source, and telling an outage from an empty folder.
Does not belong here: opening a file, and what has landed already (`ingestion.landing_log`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import fsspec
from dlt.common.storages.fsspec_filesystem import FileItemDict
from dlt.extract.exceptions import ResourceExtractionError
from dlt.sources.filesystem import filesystem
from dlt.sources.filesystem.helpers import fsspec_from_resource

from ingestion.errors import SourceUnavailableError
from ingestion.mapping import DATE_PLACEHOLDER, STORE_PLACEHOLDER, System

_PAGE: Final = 10_000
_DATE: Final = r"(?P<date>\d{4}-\d{2}-\d{2})"
_STORE: Final = r"(?P<store>[^/]+?)"


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
    store: str | None = None

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
        if not found:
            _require_remote(system.location)
    except (OSError, ResourceExtractionError) as error:
        cause = error.__cause__ or error
        raise SourceUnavailableError(f"{system.name}: {system.location} cannot be listed: {cause}") from error
    return [file for _, file in sorted(found.items()) if days is None or file.date in days]


def _require_location(location: str) -> None:
    if "://" not in location and not Path(location).is_dir():
        raise FileNotFoundError("the folder does not exist; create it, or correct `location` in the mapping")
    if location.startswith("memory://"):
        fsspec.filesystem("memory").ls(location)


def _require_remote(location: str) -> None:
    """Tell a bucket or folder that is not there from an empty one: stores list the former as if it were the latter."""
    parts = urlsplit(location)
    if parts.scheme not in ("s3", "sftp"):
        return
    files = fsspec_from_resource(filesystem(location, kwargs=_connection(location)))
    # A bucket has no folders: one without a file is not there.
    if not files.exists(parts.netloc if parts.scheme == "s3" else parts.path):
        place = f"the bucket {parts.netloc}" if parts.scheme == "s3" else f"the folder {parts.path}"
        raise FileNotFoundError(f"{place} does not exist; create it, or correct `location` in the mapping")


def _matching(system: System, pattern: str) -> Iterator[SourceFile]:
    glob = pattern.replace(DATE_PLACEHOLDER, "*").replace(STORE_PLACEHOLDER, "*")
    kwargs = _connection(system.location)
    listing: Any = filesystem(system.location, file_glob=glob, files_per_page=_PAGE, kwargs=kwargs)
    for item in listing:
        if (placed := place(pattern, item["relative_path"])) is not None:
            yield SourceFile(item, *placed)


def _connection(location: str) -> dict[str, Any] | None:
    """Return what a place needs beside dlt's credentials: of an SFTP server, that it is the one that it says it is."""
    if urlsplit(location).scheme != "sftp":
        return None
    from ingestion.files.host_keys import KnownHostsPolicy  # noqa: PLC0415 (paramiko is slow to import)

    return {"host_key_policy": KnownHostsPolicy()}


def place(pattern: str, path: str) -> tuple[dt.date | None, str | None] | None:
    """Return the day and the store that a path names; None when it does not fit the pattern."""
    if DATE_PLACEHOLDER not in pattern and STORE_PLACEHOLDER not in pattern:
        return None, None
    match = _compiled(pattern).fullmatch(path)
    if match is None:
        return None
    found = match.groupdict()
    date = _date(found["date"]) if "date" in found else None
    return None if "date" in found and date is None else (date, found.get("store"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_as_regex(pattern))


def _as_regex(pattern: str) -> str:
    wild = {r"\*\*/": r"(?:.*/)?", r"\*\*": ".*", r"\*": "[^/]*", r"\?": "[^/]", re.escape(DATE_PLACEHOLDER): _DATE}
    wild |= {re.escape(STORE_PLACEHOLDER): _STORE}
    regex = re.escape(pattern)
    for glob, replacement in wild.items():
        regex = regex.replace(glob, replacement)
    return regex


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
