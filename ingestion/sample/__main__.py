"""`python -m ingestion.sample`: generate the sample and say what is in it."""

from __future__ import annotations

import time

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from ingestion.sample import ensure_sample
from ingestion.settings import load_settings


def main() -> None:
    """Generate the sample if need be, and print the rows of each entity."""
    started = time.monotonic()
    folder = ensure_sample(load_settings())
    table = Table(
        "system",
        "entity",
        "rows",
        "broken",
        "repeated",
        "orphans",
        title=f"{folder} ({time.monotonic() - started:.1f} s)",
    )
    for row in pq.read_table(folder / "truth" / "row_counts.parquet").to_pylist():
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
