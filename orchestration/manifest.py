"""dbt's manifest: written by `dbt parse` only when something that it depends on has changed.

Belongs here: preparing and reading the manifest. Does not belong here: Dagster, and running models.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from ingestion.rules_digest import project_digest
from ingestion.settings import Settings

MANIFEST_FILE: Final = "manifest.json"
_KEY_FILE: Final = "manifest.key"


class ManifestError(Exception):
    """dbt cannot parse the project; the message is dbt's own."""


def ensure_manifest(settings: Settings) -> dict[str, Any]:
    """Return dbt's manifest, parsing the project first when its files, variables or dbt itself have changed.

    Raises:
        ManifestError: The project does not parse.
    """
    target = settings.dbt_target_path
    target.mkdir(parents=True, exist_ok=True)
    with (target / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        key, known = _key(settings), target / _KEY_FILE
        if not (known.is_file() and known.read_text(encoding="utf-8") == key and (target / MANIFEST_FILE).is_file()):
            known.unlink(missing_ok=True)
            _parse(settings)
            known.write_text(key, encoding="utf-8")
        manifest: dict[str, Any] = json.loads((target / MANIFEST_FILE).read_text(encoding="utf-8"))
    return manifest


def dbt_arguments(settings: Settings) -> list[str]:
    """Return the options that every dbt command that reads the project is given."""
    return ["--vars", json.dumps(settings.dbt_vars())]


def dbt_command() -> list[str]:
    """Return the command that starts the dbt of this environment."""
    return [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]


def _parse(settings: Settings) -> None:
    settings.apply_environment()
    command = [*dbt_command(), "--quiet", "--log-format", "text", "parse", *dbt_arguments(settings)]
    done = subprocess.run(command, cwd=settings.root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ManifestError(f"dbt cannot parse {settings.dbt_project_path}:\n{(done.stdout + done.stderr).strip()}")


def _key(settings: Settings) -> str:
    # The date is left out: it decides what a model reads, never which models there are. Every file of the project is
    # in: the manifest holds descriptions and tests, which the variable `rules_digest` leaves out.
    variables: Mapping[str, Any] = {name: value for name, value in settings.dbt_vars().items() if name != "as_of_date"}
    parts = [variables, project_digest(settings.dbt_project_path), version("dbt-core"), version("dbt-duckdb")]
    digest = hashlib.sha256(json.dumps(parts).encode())
    # Of the warehouse's place, relations know the database alone, which DuckDB names like the file.
    digest.update(settings.warehouse_path.stem.encode())
    return digest.hexdigest()
