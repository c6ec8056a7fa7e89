"""`python -m benchmarks.identity FILE ...`: how right and how quick identity resolution is on any files of records.

A file (Parquet, CSV, JSON) has `truth`, the person of each record, and any of the columns of `records.KNOWN`; columns
that it lacks are not used. The model is fitted to the file's records, without their truth, or read from a file.

Belongs here: the order of the measurements and the tables. Does not belong here: the measures (`quality`).
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.identity.febrl import AS_OF as FEBRL_AS_OF
from benchmarks.identity.febrl import write_febrl
from benchmarks.identity.quality import measure_quality
from benchmarks.identity.records import KNOWN, write_records
from benchmarks.identity.sample import END, write_sample
from benchmarks.measure import CommandFailedError, Cost, measure

ROOT: Final = Path(__file__).resolve().parents[2]
VETOES: Final = ("birth_date", "gender", "given_name", "living_cards")
MEGABYTE: Final = 1_000_000
# The steps that find the people; what else is measured is told apart.
FOUND_BY: Final = ("standardise", "people")
ASSIGNED: Final = """
create temp table assigned as
select
    records.customer_record_key,
    coalesce(record_map.customer_id, records.customer_record_key) as cluster,
    records.truth as person,
    records.source_system,
    standard.country_code,
    standard.email,
    standard.phone,
    standard.card_number,
    standard.given_key,
    standard.family_key,
    standard.birth_date,
    standard.street_key
from personal.int_customer_record__unify as records
inner join personal.int_customer_record__standardise as standard using (customer_record_key)
left join identity.customer_record_map as record_map using (customer_record_key)
where records.truth is not null
"""


def main(arguments: Sequence[str]) -> int:
    """Measure every file and print the figures; return the exit code."""
    options = _parse(arguments)
    reports = []
    console = Console(stderr=options.json == "-")
    with tempfile.TemporaryDirectory(prefix="evermart-bench-") as folder:
        files = [(path, times, options.as_of) for path in options.files for times in options.times]
        files += [(path, 1, FEBRL_AS_OF) for path in (write_febrl(Path(folder)) if options.febrl else ())]
        drawn = itertools.product(options.seeds, options.sample)
        files += [(write_sample(Path(folder), seed, scale), 1, options.as_of or END) for seed, scale in drawn]
        for number, (path, times, as_of) in enumerate(files):
            try:
                report = bench(path, Path(folder) / f"bench-{number}", options, times, as_of)
            except (ValueError, OSError, CommandFailedError) as error:
                console.print(f"[red]{error}[/red]", soft_wrap=True)
                return 1
            reports.append(report)
            show(report, console)
    text = json.dumps(reports, indent=2)
    if options.json == "-":
        print(text)
    else:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
        console.print(f"As JSON: {options.json}")
    return 0


def bench(
    path: Path, folder: Path, options: argparse.Namespace, times: int = 1, as_of: dt.date | None = None
) -> dict[str, Any]:
    """Return the figures of one file, its records so many times over, as of a date (yesterday, when left out).

    Raises:
        ValueError: the file cannot be used; the message says why.
        CommandFailedError: a step failed.
    """
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    warehouse = folder / "warehouse" / "evermart.duckdb"
    records = write_records(warehouse, path, options.without, times, options.share)
    steps = (*FOUND_BY, "golden") if options.golden else FOUND_BY
    cost_of = _measured(folder, options, steps, as_of)
    costs = {step: cost_of(step) for step in steps}
    again = {}
    if not options.once:
        cost_of("hold_back")
        again = {step: cost_of(step) for step in steps}
    nothing = []
    if options.fixed:
        empty = folder / "empty"
        write_records(empty / "warehouse" / "evermart.duckdb", path, share=0)
        cost_of_nothing = _measured(empty, options, steps, as_of)
        nothing = [cost_of_nothing("standardise") for _ in range(2)]
    quality = _quality(warehouse, options)
    with duckdb.connect(str(warehouse)) as connection:
        vetoes = [veto for (veto,) in connection.execute("select veto from veto_in_force order by veto").fetchall()]
    told = None
    if options.told:
        cost_of("told")
        told = _quality(warehouse, options)
    return {
        "file": path.name,
        "times": times,
        "share": options.share,
        "records": records,
        **quality,
        "vetoes": vetoes,
        "seconds": sum(costs[step].seconds for step in FOUND_BY),
        "cpu_seconds": sum(costs[step].cpu_seconds for step in FOUND_BY),
        "peak_bytes": max(costs[step].peak_bytes for step in FOUND_BY),
        "steps": {step: _cost(cost) for step, cost in costs.items()},
        "one_percent_new": {step: _cost(cost) for step, cost in again.items()} or None,
        "standardise_nothing": [_cost(cost) for cost in nothing] or None,
        "by_weights_of_the_truth": told,
    }


def _measured(
    folder: Path, options: argparse.Namespace, steps: Sequence[str], as_of: dt.date | None
) -> Callable[[str], Cost]:
    """Return what runs a step on the warehouse of a folder, and returns its cost."""
    environment = os.environ | {"EVERMART_STORAGE__DATA": str(folder), "EVERMART_SOURCES__MAPPINGS": "[]"}  # noqa: TID251
    environment["EVERMART_MEMORY_LIMIT"] = options.memory_limit
    if as_of is not None:
        environment["EVERMART_NIGHT__AS_OF"] = as_of.isoformat()
    choices = {"fit": options.model is None, "model": options.model, "vetoes": options.vetoes}
    given = json.dumps(choices | {"memory_limit": options.memory_limit, "steps": steps})
    return lambda step: measure([sys.executable, "-m", "benchmarks.identity.step", step, given], ROOT, environment)


def _quality(warehouse: Path, options: argparse.Namespace) -> dict[str, Any]:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"set memory_limit = '{options.memory_limit}'")
        connection.execute(ASSIGNED)
        return measure_quality(connection)


def show(report: dict[str, Any], console: Console) -> None:
    """Print the figures of one file."""
    table = Table(title=f"{report['file']}: {report['records']:,} records")
    for name in ("", "precision", "recall", "F1"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_row("pairs", *(_figure(report[name]) for name in ("precision", "recall", "f1")))
    table.add_row("B-cubed", *(_figure(report[f"b_cubed_{name}"]) for name in ("precision", "recall", "f1")))
    told = report["by_weights_of_the_truth"]
    if told:
        table.add_row("pairs, weights told", *(_figure(told[name]) for name in ("precision", "recall", "f1")))
    for group in ("by_sources", "by_country"):
        table.add_section()
        for label, figures in report[group].items():
            table.add_row(label, *(_figure(figures[name]) for name in ("precision", "recall", "f1")))
    console.print(table)
    errors = Table("errors", "pairs", title="What went wrong")
    for group in ("missed", "false"):
        for kind, pairs in report[group].items():
            errors.add_row(f"{group}: {kind}", f"{pairs:,}")
    console.print(errors)
    console.print(f"What forbids a merge here: {', '.join(report['vetoes'])}")
    console.print(
        f"Largest cluster {report['largest_cluster']};"
        f" clusters of two people with different birth dates {report['clusters_of_people_with_different_birth_dates']};"
        f" {report['seconds']:.1f} s, {report['cpu_seconds']:.1f} CPU s"
        f" ({_cpu_seconds(report['steps'])}), at most {report['peak_bytes'] / MEGABYTE:,.0f} MB"
    )
    if report["one_percent_new"]:
        console.print(f"Again, one record in a hundred new, CPU s: {_cpu_seconds(report['one_percent_new'])}")
    if report["standardise_nothing"]:
        first, again = (f"{cost['cpu_seconds']:.1f}" for cost in report["standardise_nothing"])
        console.print(f"Of standardising, dbt without any record: {first} CPU s, again {again}")


def _cpu_seconds(steps: dict[str, dict[str, float]]) -> str:
    return ", ".join(f"{step} {cost['cpu_seconds']:.1f}" for step, cost in steps.items())


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _cost(cost: Cost) -> dict[str, float]:
    return {"seconds": cost.seconds, "cpu_seconds": cost.cpu_seconds, "peak_bytes": cost.peak_bytes}


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files of records")
    parser.add_argument("--febrl", action="store_true", help="also the FEBRL sets 1 to 4")
    parser.add_argument("--sample", nargs="*", type=float, default=[], help="also the sample retailer at these scales")
    parser.add_argument("--seeds", nargs="*", type=int, default=[7], help="of the sample retailer")
    parser.add_argument("--model", type=Path, help="a model file, in place of one fitted to each file's records")
    parser.add_argument(
        "--vetoes",
        nargs="+",
        choices=VETOES,
        help="what forbids a merge, in place of the facts in which the model finds one person to differ hardly ever",
    )
    parser.add_argument("--without", nargs="*", default=[], choices=KNOWN, help="columns to leave unused")
    parser.add_argument("--times", nargs="*", type=int, default=[1], help="so many times as many records (see grow.py)")
    parser.add_argument("--share", type=float, default=1.0, help="of the people, at random: how accuracy grows")
    parser.add_argument(
        "--as-of",
        type=dt.date.fromisoformat,
        help="the date by which ages are judged, as 2005-12-31; yesterday if left out",
    )
    parser.add_argument("--memory-limit", default="1500MB", help="of DuckDB, beyond which it spills to disk")
    parser.add_argument("--once", action="store_true", help="leave out what it costs again with 1 %% new")
    parser.add_argument("--fixed", action="store_true", help="also what dbt alone costs: standardising no record")
    parser.add_argument("--golden", action="store_true", help="also what the golden records of the people cost")
    parser.add_argument("--told", action="store_true", help="also with weights counted from the truth: see told.py")
    parser.add_argument("--json", default="-", help="where to write the figures as JSON; - for standard output")
    options = parser.parse_args(arguments)
    options.model = options.model and str(options.model)
    if not options.files and not options.febrl and not options.sample:
        parser.error("name a file of records, --febrl or --sample")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
