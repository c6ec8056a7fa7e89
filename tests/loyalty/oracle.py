"""`make loyalty-oracle PROGRAMME=folder EVENTS=file`: any programme and history, reckoned by both ways.

Exit code 0 when reference and SQL are equal, 1 when they differ, 2 when the input is not valid.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from ingestion.settings import load_settings
from tests.loyalty.comparison import TABLES, Difference, Row, compare, reference_rows
from tests.loyalty.event_file import read_events
from tests.loyalty.history import History, World
from tests.loyalty.programme_file import read_programme
from tests.loyalty.reference.arithmetic import business_date
from tests.loyalty.tables_file import InvalidInput
from tests.loyalty.warehouse import Warehouse, compile_models

EQUAL, DIFFERENT, INVALID = 0, 1, 2


@click.command(help=__doc__)
@click.option("--programme", required=True, type=click.Path(path_type=Path), help="Folder of the four loyalty seeds.")
@click.option("--events", required=True, type=click.Path(path_type=Path), help="CSV or JSON lines of events.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Night; as a rule the date of the last event.")
@click.option("--time-zone", help="IANA name; as a rule the one of evermart.toml.")
@click.option("--show", is_flag=True, help="Print all rows, not only those that differ.")
def main(programme: Path, events: Path, as_of: dt.datetime | None, time_zone: str | None, show: bool) -> None:
    console = Console(width=200 if not sys.stdout.isatty() else None)
    zone = ZoneInfo(time_zone or load_settings().retailer.time_zone)
    try:
        world = read_world(programme, events, as_of.date() if as_of else None, zone)
        with tempfile.TemporaryDirectory() as folder:
            warehouse = Warehouse(compile_models(Path(folder) / "data"))
        broken = warehouse.broken_rules(world)
        if broken:
            raise InvalidInput(broken)
    except InvalidInput as error:
        for message in error.messages:
            click.echo(message, err=True)
        sys.exit(INVALID)
    differences = compare(warehouse, world)
    report(console, world, differences, show)
    sys.exit(DIFFERENT if differences else EQUAL)


def read_world(programme: Path, events: Path, as_of: dt.date | None, zone: ZoneInfo) -> World:
    """Read both inputs and tell of the mistakes of both.

    Raises:
        InvalidInput: When one of the two is not valid.
    """
    problems: list[str] = []
    found: dict[str, object] = {}
    for name, read in (("programme", lambda: read_programme(programme)), ("events", lambda: read_events(events))):
        try:
            found[name] = read()
        except InvalidInput as error:
            problems += error.messages
    if problems:
        raise InvalidInput(problems)
    history = found["events"]
    assert isinstance(history, History)
    night = as_of or last_date(history, zone)
    return World(found["programme"], history, night, zone)  # type: ignore[arg-type]


def last_date(history: History, zone: ZoneInfo) -> dt.date:
    """Return the business date of the last event.

    Raises:
        InvalidInput: When there are none.
    """
    instants = [card.created_at for card in history.cards]
    instants += [
        item.at for items in (history.orders, history.refunds, history.payments, history.events) for item in items
    ]
    if not instants:
        raise InvalidInput(["the file of events is empty: write one row for everything that happened"])
    return business_date(max(instants), zone)


def report(console: Console, world: World, differences: list[Difference], show: bool) -> None:
    """Print how many rows each table has, and the rows that only one of the two gives."""
    expected = reference_rows(world)
    counts = Counter((difference.table, difference.side) for difference in differences)
    summary = Table(
        "table", "rows of the reference", "only in the reference", "only in the SQL", title=f"As of {world.as_of}"
    )
    for table, rows in expected.items():
        summary.add_row(table, str(len(rows)), str(counts[table, "reference"]), str(counts[table, "SQL"]))
    console.print(summary)
    for table, (_, columns) in TABLES.items():
        of_table: list[tuple[str, Row]] = [(item.side, item.row) for item in differences if item.table == table]
        if show:
            told = {row for side, row in of_table if side == "reference"}
            of_table += [("both", row) for row in sorted(expected[table], key=str) if row not in told]
        if of_table:
            shown = Table("in", *columns, title=table)
            for side, row in of_table:
                shown.add_row(side, *("" if value is None else str(value) for value in row))
            console.print(shown)


if __name__ == "__main__":
    main()
