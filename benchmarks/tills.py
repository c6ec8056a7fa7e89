"""What landing till lines costs beside plain tools: `python -m benchmarks.tills --lines 10000000`.

A PostgreSQL of this machine holds the lines, and the same lines lie in a CSV file. Ours lands each with the contract's
types, verdict per row, log and windows; the plain sides are ConnectorX into DuckDB, and DuckDB's read_csv, both with
the same casts into one Parquet file. Each runs in a process of its own, in turns; ratios are of CPU seconds, the
server's left out.

Belongs here: these pairs. Does not belong here: how a process is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from benchmarks.measure import Cost, measure
from tests.databases.servers import ADMIN, ADMIN_PASSWORD, PostgresServer

ROOT: Final = Path(__file__).resolve().parent.parent
COLUMNS: Final = {
    "sale_id": "receipt",
    "line_id": "position",
    "sku": "sku",
    "quantity": "pieces",
    "unit_price": "price",
    "discount_amount": "discount",
}
CASTS: Final = """receipt::varchar as sale_id, position::varchar as line_id, sku, pieces::decimal(18, 4) as quantity,
    price::decimal(18, 4) as unit_price, discount::decimal(18, 4) as discount_amount, sold_at"""
SELECT: Final = "select receipt, position, sku, pieces, price, discount, sold_at from till_lines"


def fill(server: PostgresServer, lines: int, csv: Path) -> None:
    """Make the table, three lines a receipt over three years, and the CSV file of it."""
    import psycopg  # noqa: PLC0415

    server.create_database("tills").dispose()
    with psycopg.connect(_url(server)) as connection:
        connection.execute(
            f"""create table till_lines as
            select n / 3 as receipt, n % 3 as position, 'SKU-' || n % 20000 as sku,
                (n % 5 + 1)::numeric(12, 3) as pieces,
                ((n % 9973)::numeric / 100)::numeric(12, 4) as price, (n % 7)::numeric(12, 2) as discount,
                timestamp '2023-01-01' + n * (interval '1000 days' / {lines}) as sold_at
            from generate_series(0, {lines - 1}) as n"""
        )
        connection.execute("create index on till_lines (sold_at)")
        connection.execute("analyze till_lines")
        with (
            connection.cursor().copy(f"copy ({SELECT}) to stdout (format csv, header)") as copy,
            csv.open("wb") as file,
        ):
            for block in copy:
                file.write(block)


def configure(root: Path, server: PostgresServer, csv: Path) -> dict[str, dict[str, str]]:
    """Write the settings of both ways to land, and return the environment of each."""
    database: dict[str, Any] = {
        "kind": "pos",
        "entities": {"sale_lines": {"table": "till_lines", "window": "sold_at", "columns": COLUMNS}},
    }
    files: dict[str, Any] = {"system": "tills", "kind": "pos", "location": str(csv.parent)}
    files |= {"entities": {"sale_lines": {"files": csv.name, "columns": COLUMNS}}}
    environments = dict[str, dict[str, str]]()
    for way, mapping in {"database": database, "csv": files}.items():
        folder = root / way
        folder.mkdir()
        (folder / "tills.yml").write_text(json.dumps(mapping))
        url = f"postgresql://127.0.0.1:{server.port}/tills"
        connector = f'[connectors.tills]\nkind = "sql_database"\nurl = "{url}"\nmapping = "tills.yml"\n'
        sources = '[sources]\nmappings = ["tills.yml"]\n'
        (folder / "evermart.toml").write_text(connector if way == "database" else sources)
        environments[way] = os.environ | {  # noqa: TID251 - children inherit everything else
            "EVERMART_CONFIG": str(folder / "evermart.toml"),
            "SOURCES__TILLS__USER": ADMIN,
            "SOURCES__TILLS__PASSWORD": ADMIN_PASSWORD,
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        }
    return environments


def ours(place: str, target: str) -> None:
    """Land the one system that EVERMART_CONFIG names."""
    from ingestion.land import land  # noqa: PLC0415
    from ingestion.settings import load_settings  # noqa: PLC0415
    from ingestion.systems import load_sources  # noqa: PLC0415

    settings = load_settings()
    print(land(load_sources(settings)[0], settings))


def plain_database(place: str, target: str) -> None:
    """ConnectorX's batches, streamed into DuckDB and written as Parquet."""
    import connectorx  # noqa: PLC0415
    import duckdb  # noqa: PLC0415

    connection = duckdb.connect()
    connection.register("lines", connectorx.read_sql(place, SELECT, return_type="arrow_stream", batch_size=100_000))
    connection.execute(f"copy (select {CASTS} from lines) to '{target}' (format parquet)")


def plain_csv(place: str, target: str) -> None:
    """DuckDB's own reader of CSV files, written as Parquet."""
    import duckdb  # noqa: PLC0415

    duckdb.execute(f"copy (select {CASTS} from read_csv('{place}')) to '{target}' (format parquet)")


def run(lines: int, pairs: int) -> dict[str, Any]:
    """Measure pairs of both kinds, each with a lake of its own."""
    measured: dict[str, list[tuple[Cost, Cost]]] = {"database": [], "csv": []}
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = PostgresServer()
        stack.callback(server.stop)
        server.start()
        csv = root / "files" / "till_lines.csv"
        csv.parent.mkdir()
        fill(server, lines, csv)
        environments = configure(root, server, csv)
        places = {"database": _url(server), "csv": str(csv)}
        command = [sys.executable, "-m", "benchmarks.tills", "--side"]
        for pair in range(pairs):
            for way, environment in environments.items():
                data = root / f"data-{way}-{pair}"
                given = ["--place", places[way], "--target", str(root / "plain.parquet")]
                mine = measure([*command, "ours"], ROOT, environment | {"EVERMART_STORAGE__DATA": str(data)})
                measured[way].append((mine, measure([*command, f"plain_{way}", *given], ROOT, environment)))
    return {"lines": lines} | {way: _summary(costs) for way, costs in measured.items()}


def _summary(costs: list[tuple[Cost, Cost]]) -> dict[str, Any]:
    ratio = statistics.median(mine.cpu_seconds / plain.cpu_seconds for mine, plain in costs)
    return {"ratio": round(ratio, 2), "pairs": [[asdict(cost) for cost in pair] for pair in costs]}


def _url(server: PostgresServer) -> str:
    return f"postgresql://{ADMIN}:{quote(ADMIN_PASSWORD, safe='')}@127.0.0.1:{server.port}/tills"


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tills", description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--side", choices=["ours", "plain_database", "plain_csv"])
    parser.add_argument("--place", default="")
    parser.add_argument("--target", default="")
    given = parser.parse_args()
    if given.side:
        {"ours": ours, "plain_database": plain_database, "plain_csv": plain_csv}[given.side](given.place, given.target)
        return
    result = run(given.lines, given.pairs)
    target = ROOT / "benchmarks" / "results" / f"tills-{given.lines}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
