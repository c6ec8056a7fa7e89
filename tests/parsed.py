"""The dbt project parsed once for all tests of a run, however many of its workers and folders run dbt.

Parsing costs longer than what most tests then ask of dbt, and gives the same for each. Belongs here: parsing, and
running dbt on what is parsed. Does not belong here: a project that a test has edited, which is parsed by itself.
dbt is imported where it is used, since its import takes seconds, which most tests need not pay.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from ingestion.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_PARSED: Final = "partial_parse.msgpack"


def run_dbt(
    arguments: Sequence[str], settings: Settings, variables: Mapping[str, Any], shared: Path | None = None
) -> dbtRunnerResult:
    """Run a dbt command in this process.

    Args:
        arguments: The command and its options, without the variables.
        settings: Name the warehouse and the folder that dbt writes to.
        variables: dbt's variables.
        shared: A folder in which the parsed project is looked for, and left; without it dbt parses for this run.
    """
    from dbt.cli.main import dbtRunner

    given = ["--vars", json.dumps(variables)]
    with _environment(settings):
        manifest = None if shared is None else _manifest(shared, variables)
        return dbtRunner(manifest=manifest).invoke([*arguments, *given])


def _manifest(shared: Path, variables: Mapping[str, Any]) -> Manifest:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    # The date decides what a model reads, never which models there are, and a night leaves it out as well.
    known = {name: value for name, value in variables.items() if name != "as_of_date"}
    folder = shared / f"parsed-{hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    with locked(folder):
        if not (folder / _PARSED).exists():
            command = ["--quiet", "parse", "--target-path", str(folder), "--vars", json.dumps(variables)]
            done = dbtRunner().invoke(command)
            assert done.success, done.exception or done.result
    # Read anew for each run: dbt writes into it what it compiles.
    manifest = Manifest.from_msgpack((folder / _PARSED).read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep the other workers of the run out meanwhile."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environment().items():
            patch.setenv(name, value)
        yield
