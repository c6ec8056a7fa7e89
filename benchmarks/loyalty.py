"""What points and tiers cost at the size of a large retailer: `python -m benchmarks.loyalty`.

A made-up history (`benchmarks.loyalty_history`) is written into a warehouse; then dbt builds every loyalty model as a
night does: the first night over everything, and a second one with one per cent of new lines. A night rebuilds what the
rules give and appends to the journals what is new.

Belongs here: the order of the measurements and the table. Does not belong here: how a process is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.loyalty_history import LAST_DAY
from benchmarks.measure import Cost, measure
from benchmarks.night import MEGABYTE, RESULTS, ROOT

SEEDS: Final = ("loyalty_programme", "loyalty_scope", "loyalty_earn_rule", "loyalty_tier")
# The liability reads breakage, which is reckoned elsewhere.
MODELS: Final = ("path:models/intermediate/loyalty", "path:models/marts/loyalty", "--exclude", "points_liability+")
NEW_SHARE: Final = 0.01
NEXT_DAY: Final = "2026-11-01"
# DuckDB's own limit; the process needs some more, and the bench holds itself to 6 GB.
MEMORY_LIMIT: Final = "4.5GB"


class Bench:
    """Builds the history and measures the nights, in a data folder of its own."""

    def __init__(self, data: Path, members: int, lines: int, console: Console) -> None:
        self._data, self._members, self._lines, self._console = data, members, lines, console
        self.costs: dict[str, Cost] = {}
        self.models: dict[str, dict[str, float]] = {}

    def run(self) -> None:
        """Measure everything; the data folder is emptied first."""
        shutil.rmtree(self._data, ignore_errors=True)
        warehouse = self._data / "warehouse" / "evermart.duckdb"
        warehouse.parent.mkdir(parents=True)
        size = [str(self._members), str(self._lines)]
        history = [sys.executable, "-m", "benchmarks.loyalty_history", str(warehouse), *size]
        self._measure("make the history", LAST_DAY, history)
        self._measure("dbt alone: its start, and the rules", LAST_DAY, self._dbt("seed", *SEEDS))
        self._night("first night", LAST_DAY)
        self._measure("make the new lines", LAST_DAY, [*history, str(NEW_SHARE)])
        self._night(f"night with {NEW_SHARE:.0%} new lines", NEXT_DAY)

    def _night(self, name: str, as_of: str) -> None:
        self._measure(name, as_of, self._dbt("run", *MODELS))
        results = json.loads((self._data / "dbt" / "run_results.json").read_text(encoding="utf-8"))["results"]
        self.models[name] = {
            result["unique_id"].split(".")[-1]: round(result["execution_time"], 2) for result in results
        }

    def _dbt(self, command: str, *selection: str) -> list[str]:
        evermart = str(Path(sys.executable).with_name("evermart"))
        return [evermart, "dbt", "--quiet", command, "--select", *selection]

    def _measure(self, name: str, as_of: str, command: list[str]) -> None:
        environment = os.environ | {  # noqa: TID251 - children inherit everything else
            "EVERMART_STORAGE__DATA": str(self._data),
            "EVERMART_NIGHT__AS_OF": as_of,
            "EVERMART_MEMORY_LIMIT": MEMORY_LIMIT,
        }
        self.costs[name] = measure(command, ROOT, environment)
        self._console.print(
            f"{name}: {self.costs[name].seconds:.1f} s, {self.costs[name].cpu_seconds:.1f} CPU s,"
            f" {self.costs[name].peak_bytes / MEGABYTE:,.0f} MB"
        )


def as_json(bench: Bench, members: int, lines: int) -> dict[str, Any]:
    """Return the figures, with the seconds of every model."""
    return {
        "members": members,
        "lines": lines,
        "machine": {"cores": os.cpu_count(), "load": os.getloadavg()},
        "steps": {name: asdict(cost) for name, cost in bench.costs.items()},
        "model_seconds": bench.models,
    }


def main(arguments: list[str]) -> int:
    """Measure, print a table and write `benchmarks/results/loyalty.json`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loyalty", description="Measure points and tiers.")
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument(
        "--data", type=Path, default=ROOT / "data" / "benchmarks" / "loyalty", help="where it may write"
    )
    given = parser.parse_args(arguments)
    console = Console()
    bench = Bench(given.data.resolve(), given.members, given.lines, console)
    bench.run()
    shown = Table("step", "seconds", "CPU seconds", "peak memory, MB", title=f"{given.members:,} members")
    for name, cost in bench.costs.items():
        shown.add_row(name, f"{cost.seconds:.1f}", f"{cost.cpu_seconds:.1f}", f"{cost.peak_bytes / MEGABYTE:,.0f}")
    console.print(shown)
    RESULTS.mkdir(parents=True, exist_ok=True)
    content = json.dumps(as_json(bench, given.members, given.lines), indent=2) + "\n"
    (RESULTS / "loyalty.json").write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
