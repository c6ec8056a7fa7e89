"""What landing a web shop costs beside a minimal script: `python -m benchmarks.connectors --orders 60000`.

A server of this machine gives pages of WooCommerce orders over TLS. Ours lands them with versions, log and tombstones;
the minimal script saves the pages with httpx and lets DuckDB's read_json make one Parquet file of them. Both run in
processes of their own, in turns; the ratio is of CPU seconds, the server's left out.

Belongs here: this pair. Does not belong here: how a process is measured.
"""

from __future__ import annotations

import argparse
import bisect
import copy
import datetime as dt
import json
import os
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Cost, measure
from tests.connectors.server import Answer, Asked, System, certificate, serving
from tests.connectors.woocommerce import KEY, PREFIX, SECRET, TEMPLATES

ROOT: Final = Path(__file__).resolve().parent.parent
FIRST: Final = dt.datetime(2024, 1, 1)
STAMP: Final = "%Y-%m-%dT%H:%M:%S"


class BigShop(System):
    """Orders alone, made once as bytes, so that the server costs little."""

    def __init__(self, orders: int) -> None:
        super().__init__()
        step = (dt.datetime.now() - FIRST - dt.timedelta(days=3)) / orders
        self.clocks, self.bodies = list[str](), list[bytes]()
        template = copy.deepcopy(TEMPLATES["order"])
        line = template["line_items"][0]
        for number in range(orders):
            clock = f"{FIRST + step * number:{STAMP}}"
            order = template | {"id": number + 1, "number": str(number + 1), "date_created_gmt": clock}
            order |= {"date_modified_gmt": clock, "line_items": [line | {"id": 10 * number + n} for n in range(3)]}
            self.clocks.append(clock)
            self.bodies.append(json.dumps(order).encode())

    def answer(self, asked: Asked) -> Answer:
        """Answer with a slice of the orders; other tables are empty."""
        query = asked.query
        if asked.path != f"{PREFIX}orders" or query.get("status") == "trash":
            return Answer([], headers={"X-WP-Total": "0"})
        first = bisect.bisect_right(self.clocks, query.get("modified_after", ""))
        last = bisect.bisect_left(self.clocks, query.get("modified_before", "9"))
        size = int(query.get("per_page", 10))
        start = first + int(query.get("offset", (int(query.get("page", 1)) - 1) * size))
        body = b"[" + b",".join(self.bodies[start : min(start + size, last)]) + b"]"
        return Answer(body, headers={"X-WP-Total": str(max(0, last - first))})


def ours(url: str) -> None:
    """Land the shop that EVERMART_CONFIG names."""
    from ingestion.land import land  # noqa: PLC0415
    from ingestion.settings import load_settings  # noqa: PLC0415
    from ingestion.systems import load_sources  # noqa: PLC0415

    settings = load_settings()
    land(load_sources(settings)[0], settings)


def minimal(url: str) -> None:
    """Save every page, and make one Parquet file of them."""
    import duckdb  # noqa: PLC0415
    import httpx  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp())
    with httpx.Client(auth=(KEY, SECRET), verify=False, base_url=f"{url}{PREFIX}") as client:
        number = 0
        while True:
            number += 1
            page = client.get("orders", params={"per_page": 100, "page": number, "orderby": "id", "order": "asc"})
            if page.content == b"[]":
                break
            (folder / f"{number}.json").write_bytes(page.content)
    duckdb.execute(f"copy (from read_json('{folder}/*.json')) to '{folder}/orders.parquet'")
    shutil.rmtree(folder)


def run(orders: int, pairs: int) -> dict[str, Any]:
    """Measure pairs, each with a lake of its own."""
    measured = list[tuple[Cost, Cost]]()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = certificate(root)
        url = stack.enter_context(serving(BigShop(orders), root))
        (root / "evermart.toml").write_text(
            f'[connectors.shop]\nkind = "woocommerce"\nurl = "{url}"\nca_bundle = "{authority}"\n'
        )
        environment = os.environ | {  # noqa: TID251 - children inherit everything else
            "EVERMART_CONFIG": str(root / "evermart.toml"),
            "SOURCES__SHOP__CONSUMER_KEY": KEY,
            "SOURCES__SHOP__CONSUMER_SECRET": SECRET,
        }
        command = [sys.executable, "-m", "benchmarks.connectors", "--url", url, "--side"]
        for pair in range(pairs):
            data = {"EVERMART_STORAGE__DATA": str(root / f"data-{pair}")}
            mine = measure([*command, "ours"], ROOT, environment | data)
            measured.append((mine, measure([*command, "minimal"], ROOT, environment)))
    ratio = statistics.median(mine.cpu_seconds / plain.cpu_seconds for mine, plain in measured)
    return {"orders": orders, "ratio": round(ratio, 2), "pairs": [[asdict(cost) for cost in pair] for pair in measured]}


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.connectors", description=__doc__)
    parser.add_argument("--orders", type=int, default=60_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "minimal"])
    parser.add_argument("--url")
    given = parser.parse_args()
    if given.side:
        {"ours": ours, "minimal": minimal}[given.side](given.url)
    else:
        print(json.dumps(run(given.orders, given.pairs), indent=1))


if __name__ == "__main__":
    main()
