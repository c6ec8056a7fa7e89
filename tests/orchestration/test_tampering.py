"""Exports that somebody has tampered with: what is quarantined, what is refused, what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Night, customer_digests
from tests.shop import Shop

pytestmark = pytest.mark.slow

Rows = list[dict[str, Any]]


def newest_orders(shop: Shop) -> Path:
    return max((shop.folder / "data" / "sample" / "webshop" / "daily").rglob("orders.jsonl"))


def read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def with_total(row: dict[str, Any], total: Any) -> dict[str, Any]:
    return {**row, "totals": {**row["totals"], "grand": total}}


def test_harmless_dirt_changes_no_figure(retailer: Shop, first_night: Night) -> None:
    """A negative total on a record of its own, a cell of a million characters, keys that come twice."""
    path = newest_orders(retailer)
    rows = read(path)
    negative = with_total({**rows[0], "id": "tampered-1"}, "-5.00")
    write(path, [*rows, *rows, {**rows[-1], "note": "x" * 1_000_000}, negative])
    settings = {"EVERMART_NIGHT__MAX_QUARANTINED_SHARE": "0.5"}  # a daily file has few rows: one bad one is many
    done = retailer.run("nightly", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    with retailer.lake() as lake:
        quarantined = lake.execute(
            "select column_name, column_value from lake.quarantine where payload like '%tampered-1%'"
        ).fetchall()
    assert quarantined == [("total_amount", "-5.00")]
    before, after = first_night.customers, customer_digests(retailer)
    assert not {table for table in before if not table.startswith("audit.") and after[table] != before[table]}


def test_broken_exports_publish_nothing_and_are_all_named(retailer: Shop) -> None:
    """A Parquet file cut short, an empty file, a column whose type has flipped, all in one night."""
    published = (retailer.folder / "data" / "published" / "current").readlink()
    sample = retailer.folder / "data" / "sample"
    reviews = next((sample / "voice").rglob("reviews*.parquet"))
    reviews.write_bytes(reviews.read_bytes()[:-100])
    returns = max((sample / "tills" / "daily").rglob("returns.csv"))
    returns.write_bytes(b"")
    orders = newest_orders(retailer)
    rows = read(orders)
    write(orders, [with_total(row, {"amount": row["totals"]["grand"]}) for row in rows])

    done = retailer.run("nightly")
    told = " ".join(done.stdout.split())
    assert done.returncode == 1
    for part in (
        "failed files_accepted on landing/voice/reviews",
        reviews.name,
        "failed files_accepted on landing/tills/returns",
        "failed quarantine_share on landing/webshop/orders",
        "Nothing was published",
    ):
        assert part in told
    assert (retailer.folder / "data" / "published" / "current").readlink() == published
