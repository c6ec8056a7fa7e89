"""The summary at the end of a night, and what is said when it failed.

Belongs here: tables and sentences, from the run's outcome and the published snapshot. Does not belong here: figures
of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from ingestion.settings import Settings
from orchestration.keys import SNAPSHOT_KEY
from orchestration.landing_checks import SOURCE_REACHABLE
from orchestration.night import FailedCheck, Outcome
from orchestration.publishing import current_name
from orchestration.query import open_snapshot

CHECKS_SHOWN: Final = 10
ROWS_SHOWN: Final = 5
_COUNTS: Final = ("files", "rows_received", "rows_landed", "rows_quarantined")
_KPIS: Final = """
    select kpi_name, value, unit, n, interval_low, interval_high, is_reliable
    from growth.headline_kpi
    order by kpi_order
"""
_FRESHNESS: Final = (
    "select source_system, max(newest_event_at), bool_or(is_stale) from audit.source_freshness group by 1"
)


def print_summary(console: Console, settings: Settings, outcome: Outcome, seconds: float) -> None:
    """Print what came in, what was checked, the headline figures, and how to go on."""
    console.print()
    with open_snapshot(settings.published_path) as snapshot:
        console.print(_sources(outcome, _freshness(snapshot)))
        console.print(_kpis(snapshot))
    for line in _checks(outcome):
        console.print(line)
    for check in outcome.failed[:CHECKS_SHOWN]:
        _print_check(console, check)
    published = outcome.assets[tuple(SNAPSHOT_KEY.path)]
    console.print(
        f"\n[green]Published[/green] {published['release']} as of {published['as_of']}: {published['tables']} tables, "
        f"{published['rows']:,} rows, after {seconds:.0f} s"
    )
    console.print(f"  {settings.published_path / 'current' / 'evermart.duckdb'}", soft_wrap=True)
    console.print(
        "\nGo on with\n"
        "  make ui        look at tonight's run, the asset graph and every check\n"
        "  make query     ask the marts in SQL\n"
        "  make check     after you have named your own shop's mapping in evermart.toml (README: Connect your own shop)"
    )


def print_failure(console: Console, settings: Settings, outcome: Outcome) -> None:
    """Print which check held the night back, on which rows, or which step broke; and what BI reads meanwhile."""
    console.print()
    for check in outcome.blocking[:CHECKS_SHOWN]:
        _print_check(console, check)
    if len(outcome.blocking) > CHECKS_SHOWN:
        console.print(f"... and {len(outcome.blocking) - CHECKS_SHOWN} more checks: `make ui` shows them")
    for step, message in outcome.errors.items():
        console.print(f"[red]{step}[/red] failed: {message}", markup=True, soft_wrap=True)
    current = current_name(settings.published_path)
    console.print(
        f"\n[red]Nothing was published.[/red] BI goes on reading {current or 'nothing: there is no snapshot yet'}.\n"
        "docs/runbook.md says what to do about each check; `make ui` shows the run."
    )


def _sources(outcome: Outcome, freshness: Mapping[str, str]) -> Table:
    totals: dict[str, Counter[str]] = {}
    for key, metadata in outcome.assets.items():
        if key[0] == "landing":
            totals.setdefault(key[1], Counter()).update({name: metadata.get(name, 0) for name in _COUNTS})
    unreachable = {check.asset.split("/")[1] for check in outcome.failed if check.name == SOURCE_REACHABLE}
    table = Table(title="Sources, tonight", title_justify="left")
    for name in ("source", "files", "received", "landed", "quarantined", "newest record"):
        table.add_column(name, justify="left" if name in {"source", "newest record"} else "right")
    for system, counts in sorted(totals.items()):
        newest = freshness.get(system, "")
        if system in unreachable:
            newest = f"[yellow]not reached; {newest}[/yellow]"
        table.add_row(system, *(f"{counts[name]:,}" for name in _COUNTS), newest)
    return table


def _freshness(snapshot: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = snapshot.execute(_FRESHNESS).fetchall()
    return {
        system: (f"{newest:%Y-%m-%d %H:%M}" if newest else "none") + (" [yellow]stale[/yellow]" if stale else "")
        for system, newest, stale in rows
    }


def _kpis(snapshot: duckdb.DuckDBPyConnection) -> Table:
    table = Table(title="Headlines", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("n", justify="right")
    table.add_column("95 % interval", justify="right")
    for name, value, unit, n, low, high, reliable in snapshot.execute(_KPIS).fetchall():
        interval = "" if low is None or high is None else f"{_figure(low, unit)} to {_figure(high, unit)}"
        shown = _figure(value, unit) if reliable is not False and value is not None else "too few to tell"
        table.add_row(name, shown, "" if n is None else f"{n:,}", interval)
    return table


def _figure(value: Any, unit: str | None) -> str:  # noqa: ANN401  (a decimal or a float, as the mart has it)
    if unit in {"share", "percent"}:
        return f"{float(value) * (100 if unit == 'share' else 1):.1f} %"
    number = f"{float(value):,.0f}" if float(value).is_integer() else f"{float(value):,.2f}"
    return f"{number} {unit}" if unit and unit.isupper() else number


def _checks(outcome: Outcome) -> list[str]:
    models = sum(key[0] not in {"landing", "identity", "published"} for key in outcome.assets)
    warned = len(outcome.failed) - len(outcome.blocking)
    return [f"{models} models built; {outcome.passed} checks passed, {warned} warned, {len(outcome.blocking)} failed"]


def _print_check(console: Console, check: FailedCheck) -> None:
    colour, word = ("red", "failed") if check.holds_back else ("yellow", "warned")
    console.print(f"[{colour}]{word}[/{colour}] {check.name} on {check.asset}", soft_wrap=True)
    for line in check.description.splitlines()[:ROWS_SHOWN]:
        console.print(f"    {line}", markup=False, soft_wrap=True)
    for name, value in check.metadata.items():
        if name.startswith(("rows", "reasons")) and isinstance(value, list):
            for record in value[:ROWS_SHOWN]:
                console.print(f"    {_record(record)}", markup=False, soft_wrap=True)


def _record(record: dg.TableRecord) -> str:
    return ", ".join(f"{name}: {value}" for name, value in record.data.items() if value not in {"", "None"})
