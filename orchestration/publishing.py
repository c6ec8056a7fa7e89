"""Write-audit-publish: new snapshot folders, and one directory link that names the newest.

    <published>/releases/<UTC time>/evermart.duckdb, manifest.json
    <published>/current -> releases/<UTC time>

A release is written under a hidden name, verified against the warehouse, renamed, and only then does the link
move. A process that dies at any point leaves the link on a whole release; the next publish removes the rest.

Belongs here: files and links. Does not belong here: Dagster, and which checks must pass (see `publish_assets`).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from orchestration.snapshot import PublishError, TableDigest, verify_snapshot, write_snapshot

SNAPSHOT_FILE: Final = "evermart.duckdb"
MANIFEST_FILE: Final = "manifest.json"
CURRENT: Final = "current"
RELEASES: Final = "releases"
_PARTIAL: Final = ".partial-"
_LINK: Final = ".current-"


@dataclass(frozen=True)
class Release:
    """One published snapshot. `name` is its UTC time, so names sort by age."""

    name: str
    path: Path
    as_of: str
    run_id: str
    tables: Mapping[str, TableDigest]
    checks: Mapping[str, int]

    @property
    def snapshot_path(self) -> Path:
        """The DuckDB file of the release."""
        return self.path / SNAPSHOT_FILE


def publish(
    warehouse: Path, published: Path, *, as_of: dt.date, run_id: str, checks: Mapping[str, int], keep: int
) -> Release:
    """Write, verify and publish a snapshot of the warehouse's published schemas, and remove all but `keep` releases.

    Args:
        warehouse: The private warehouse; nobody may be writing it.
        published: The folder that holds `releases` and `current`.
        as_of: Last business date that counts.
        run_id: The run that publishes.
        checks: How many checks passed, warned and failed; kept in the manifest.
        keep: How many releases stay, at least 1; the current one always does.

    Raises:
        PublishError: The snapshot is not what the warehouse says, lacks a comment or holds personal data. `current`
            is what it was.
    """
    releases = published / RELEASES
    releases.mkdir(parents=True, exist_ok=True)
    with _exclusive(published):
        _remove_leftovers(published)
        name = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
        partial = releases / f"{_PARTIAL}{name}"
        partial.mkdir()
        try:
            write_snapshot(warehouse, partial / SNAPSHOT_FILE)
            tables = verify_snapshot(warehouse, partial / SNAPSHOT_FILE)
        except (PublishError, duckdb.Error):
            shutil.rmtree(partial)
            raise
        release = Release(name, releases / name, as_of.isoformat(), run_id, tables, dict(checks))
        _write_manifest(release, partial / MANIFEST_FILE)
        _sync(partial / SNAPSHOT_FILE)
        (partial / SNAPSHOT_FILE).chmod(0o444)
        _sync(partial)
        partial.rename(release.path)
        _sync(releases)
        _point_current_at(published, name)
        _remove_old(published, keep)
    return release


def rollback(published: Path, to: str | None = None) -> Release:
    """Point `current` at the release before it, or at the release named `to` (which may also be a newer one).

    Raises:
        PublishError: There is no such release; the message names those that are kept.
    """
    with _exclusive(published):
        names = release_names(published)
        kept = f"kept are: {', '.join(names) or 'none'}"
        if to is None:
            current = current_name(published)
            older = [name for name in names if current is not None and name < current]
            if not older:
                raise PublishError(f"There is no release before {current or 'the first one'}; {kept}.")
            to = older[-1]
        elif to not in names:
            raise PublishError(f"There is no release {to!r}; {kept}.")
        _point_current_at(published, to)
    return read_release(published, to)


def release_names(published: Path) -> list[str]:
    """Return the names of the releases that are kept, oldest first."""
    folder = published / RELEASES
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def current_name(published: Path) -> str | None:
    """Return the name of the release that readers get, or None before the first publish."""
    link = published / CURRENT
    return link.readlink().name if link.is_symlink() else None


def snapshot_paths(published: Path) -> tuple[Path, Path]:
    """Return the file that readers get, and that of the newest release, another one after a rollback.

    Before the first publish there is neither; the paths then lead to nothing.
    """
    newest = (release_names(published) or [""])[-1]
    return published / CURRENT / SNAPSHOT_FILE, published / RELEASES / newest / SNAPSHOT_FILE


def read_release(published: Path, name: str) -> Release:
    """Read the manifest of a release."""
    path = published / RELEASES / name
    content: dict[str, Any] = json.loads((path / MANIFEST_FILE).read_text(encoding="utf-8"))
    tables = {table: TableDigest(**digest) for table, digest in content["tables"].items()}
    return Release(name, path, content["as_of"], content["run_id"], tables, content["checks"])


def _write_manifest(release: Release, path: Path) -> None:
    content = {
        "release": release.name,
        "as_of": release.as_of,
        "run_id": release.run_id,
        "checks": release.checks,
        "tables": {table: asdict(digest) for table, digest in release.tables.items()},
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    _sync(path)


def _point_current_at(published: Path, name: str) -> None:
    temporary = published / f"{_LINK}{name}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(RELEASES) / name, target_is_directory=True)
    temporary.replace(published / CURRENT)
    _sync(published)


def _remove_old(published: Path, keep: int) -> None:
    stay = {*release_names(published)[-keep:], current_name(published)}
    for name in release_names(published):
        if name not in stay:
            # Hidden first: a removal that is cut short is never taken for a whole release.
            doomed = published / RELEASES / f"{_PARTIAL}{name}"
            (published / RELEASES / name).rename(doomed)
            shutil.rmtree(doomed)


def _remove_leftovers(published: Path) -> None:
    for path in (published / RELEASES).glob(f"{_PARTIAL}*"):
        shutil.rmtree(path)
    for path in published.glob(f"{_LINK}*"):
        path.unlink()


@contextmanager
def _exclusive(published: Path) -> Iterator[None]:
    """Let one process at a time change releases; the lock goes with the process that holds it."""
    published.mkdir(parents=True, exist_ok=True)
    with (published / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
