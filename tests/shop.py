"""A retailer in a temporary folder: its settings, mapping files and data, driven by the command line as users do.

Belongs here: making the folder, running commands in it, opening what they wrote. Does not belong here: any assertion.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.lake import connect_lake

SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True)
class Shop:
    """A configured retailer. `folder` holds `evermart.toml`, the mapping files and, after a run, `data/`."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, mappings: list[Path], settings: str = "") -> Shop:
        """Write the settings of a retailer that uses the given mapping files, whose files go to `<name>/files/`."""
        folder.mkdir(parents=True, exist_ok=True)
        names = []
        for mapping in mappings:
            home = folder / mapping.stem
            (home / "files").mkdir(parents=True)
            shutil.copy(mapping, home / "mapping.yml")
            names.append(f'"{mapping.stem}/mapping.yml"')
        text = f"[sources]\nmappings = [{', '.join(names)}]\n{settings}"
        (folder / "evermart.toml").write_text(text, encoding="utf-8")
        return cls(folder)

    def files(self, system: str) -> Path:
        """Return the folder that a system's files are put into."""
        return self.folder / system / "files"

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `evermart <arguments>` in the shop's folder and return what it printed."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("EVERMART_", "DAGSTER_"))
        }
        environment = inherited | {"EVERMART_CONFIG": str(self.folder / "evermart.toml")} | settings
        command = [str(Path(sys.executable).parent / "evermart"), *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=1800
        )

    @property
    def snapshot_path(self) -> Path:
        """The published snapshot."""
        return self.folder / "data" / "published" / "current" / "evermart.duckdb"

    def published(self) -> duckdb.DuckDBPyConnection:
        """Open the published snapshot as a BI tool does."""
        return duckdb.connect(str(self.snapshot_path), read_only=True)

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """Open the private warehouse."""
        return duckdb.connect(str(self.folder / "data" / "warehouse" / "evermart.duckdb"), read_only=True)

    def lake(self) -> duckdb.DuckDBPyConnection:
        """Open the views of the lake."""
        return connect_lake(str(self.folder / "data" / "lake"))
