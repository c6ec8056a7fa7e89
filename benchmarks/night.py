"""What a night costs by step, and beside plain DuckDB SQL: `python -m benchmarks --scale 1 --scale 20`.

Every step runs in a process of its own; then the whole night as `make nightly` runs it, from nothing and again with
nothing new. Landing and building are measured in pairs with plain SQL over the same files, in turns, so that a busy
machine disturbs both alike; their ratio is of CPU seconds.

Belongs here: the order of the measurements and the table. Does not belong here: how a process is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Cost, measure
from benchmarks.steps import STEPS

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results"
NIGHT_STEPS: Final = tuple(step for step in STEPS if step not in {"sample", "models"})
MEGABYTE: Final = 1_000_000


@dataclass
class Report:
    """The figures of one scale."""

    scale: float
    source_bytes: int = 0
    steps: dict[str, Cost] = field(default_factory=dict)
    pairs: dict[str, list[tuple[Cost, Cost]]] = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        """Return the median ratio of CPU seconds: ours to plain SQL's."""
        return statistics.median(ours.cpu_seconds / plain.cpu_seconds for ours, plain in self.pairs[name])


class Bench:
    """Runs the measurements of one scale in a data folder of their own."""

    def __init__(self, data: Path, scale: float, console: Console) -> None:
        self._data = data
        self._console = console
        self._environment = os.environ | {  # noqa: TID251 - children inherit everything else
            "EVERMART_STORAGE__DATA": str(data),
            "EVERMART_SAMPLE__SCALE": str(scale),
            "EVERMART_SOURCES__MAPPINGS": "[]",
        }
        self.report = Report(scale)

    def run(self, pairs: int) -> Report:
        """Measure everything; the data folder is emptied first."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._step("sample")
        self.report.source_bytes = _size(self._data / "sample")
        for step in NIGHT_STEPS:
            self._step(step)
        for _ in range(pairs):
            self._pair_landing()
        for _ in range(pairs):
            self._pair_building()
        self._nights()
        return self.report

    def _step(self, name: str) -> None:
        self.report.steps[name] = self._measure(name, "-m", "benchmarks.steps", name)

    def _nights(self) -> None:
        for folder in ("lake", "dlt", "warehouse", "published", "audit", "dagster"):
            shutil.rmtree(self._data / folder, ignore_errors=True)
        evermart = str(Path(sys.executable).with_name("evermart"))
        for name in ("night, from nothing", "night, nothing new"):
            self.report.steps[name] = self._run(name, [evermart, "nightly"])

    def _pair_landing(self) -> None:
        for folder in ("lake", "dlt"):
            shutil.rmtree(self._data / folder, ignore_errors=True)
        plain = self._data / "plain_lake"
        shutil.rmtree(plain, ignore_errors=True)
        ours = self._measure("land", "-m", "benchmarks.steps", "land")
        theirs = self._measure("land, plain SQL", "-m", "benchmarks.plain_landing", str(plain))
        self.report.pairs.setdefault("land", []).append((ours, theirs))

    def _pair_building(self) -> None:
        warehouse = self._data / "warehouse" / "evermart.duckdb"
        copy = self._data / "plain" / warehouse.name  # compiled SQL names the database, and a file is named like it
        copy.parent.mkdir(exist_ok=True)
        ours = self._measure("models", "-m", "benchmarks.steps", "models")
        shutil.copy(warehouse, copy)
        written = [str(self._data / "dbt" / name) for name in ("run_results.json", "manifest.json")]
        theirs = self._measure("models, plain SQL", "-m", "benchmarks.plain_build", *written, str(copy))
        self.report.pairs.setdefault("models", []).append((ours, theirs))

    def _measure(self, name: str, *arguments: str) -> Cost:
        return self._run(name, [sys.executable, *arguments])

    def _run(self, name: str, command: list[str]) -> Cost:
        cost = measure(command, ROOT, self._environment)
        self._console.print(f"{name}: {cost.seconds:.1f} s, {cost.cpu_seconds:.1f} CPU s")
        return cost


def table(report: Report) -> Table:
    """Return the figures of one scale as a table."""
    title = f"The night at scale {report.scale:g} ({report.source_bytes / MEGABYTE:,.0f} MB of source files)"
    shown = Table("step", "seconds", "CPU seconds", "peak memory, MB", "CPU, to plain SQL", title=title)
    for name, cost in report.steps.items():
        shown.add_row(name, *_cells(cost), "")
    for name, pairs in report.pairs.items():
        ours, plain = (_middle([pair[side] for pair in pairs]) for side in (0, 1))
        shown.add_row(f"{name}, median of {len(pairs)}", *_cells(ours), f"{report.ratio(name):.1f}")
        shown.add_row(f"{name}, plain SQL", *_cells(plain), "1.0")
    return shown


def as_json(report: Report) -> dict[str, Any]:
    """Return the figures of one scale, with the machine and the versions that they were measured on."""
    names = ("evermart", "dagster", "dbt-core", "dlt", "duckdb", "great-expectations")
    return {
        "scale": report.scale,
        "source_bytes": report.source_bytes,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "versions": {name: version(name) for name in names},
        "steps": {name: asdict(cost) for name, cost in report.steps.items()},
        "cpu_ratio_to_plain_sql": {name: round(report.ratio(name), 2) for name in report.pairs},
        "pairs": {
            name: [{"ours": asdict(ours), "plain": asdict(plain)} for ours, plain in pairs]
            for name, pairs in report.pairs.items()
        },
    }


def main(arguments: list[str]) -> int:
    """Measure, print a table per scale and write `benchmarks/results/night-scale-<scale>.json`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the night.")
    parser.add_argument(
        "--scale", type=float, action="append", help="of the sample retailer; may be repeated; default 1"
    )
    parser.add_argument("--pairs", type=int, default=3, help="paired runs against plain SQL; default 3")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "benchmarks", help="where it may write")
    given = parser.parse_args(arguments)
    console = Console()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for scale in given.scale or [1.0]:
        report = Bench((given.data / f"scale-{scale:g}").resolve(), scale, console).run(given.pairs)
        console.print(table(report))
        path = RESULTS / f"night-scale-{scale:g}.json"
        path.write_text(json.dumps(as_json(report), indent=2) + "\n", encoding="utf-8")
    return 0


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )


def _cells(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.seconds:.1f}", f"{cost.cpu_seconds:.1f}", f"{cost.peak_bytes / MEGABYTE:,.0f}"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
