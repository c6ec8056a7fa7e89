"""A digest of the rules: what every model is made of beside the data.

Belongs here: naming the files of the dbt project, and one text that changes when any of them does.
Does not belong here: what is done about a change (dbt's incremental models and the manifest decide it).
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Final

_IGNORED: Final = {"__pycache__", "target", "logs"}


def project_files(root: Path) -> list[Path]:
    """Return the files of a dbt project in a stable order, without what is made of them."""
    return sorted(path for path in root.rglob("*") if path.is_file() and not _IGNORED.intersection(path.parts))


def rules_digest(root: Path) -> str:
    """Return 32 hexadecimal digits that depend on every model, macro and seed of a project, and on DuckDB's version."""
    digest = hashlib.sha256(version("duckdb").encode())
    for path in project_files(root):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]
