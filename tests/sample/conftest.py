"""A small sample, generated once for all tests of this folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingestion.sample.build import build_sample

END_DATE = dt.date(2026, 10, 31)
_TILL_FILES = ("loyalty_cards", "sales", "sale_lines", "payments", "returns")
_SHOP_FILES = ("customers", "orders", "order_lines", "payments", "discounts", "refunds", "refund_lines", "shipments")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    build_sample(folder, seed=7, scale=0.4, end_date=END_DATE)
    return folder


@pytest.fixture(scope="session")
def files(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every file as text, `shop_*`, `till_*`, `voice_*` and `truth_*`, the newest good version of each record."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name in _SHOP_FILES:
        pattern = f"{sample}/webshop/*/**/{name}*.jsonl"
        connection.execute(
            f"create table shop_{name} as select *, filename from"
            f" read_json('{pattern}', format = 'newline_delimited', filename = true, union_by_name = true)"
        )
    decoded = tmp_path_factory.mktemp("decoded")
    for name in _TILL_FILES:
        texts = [
            path.read_bytes().decode("cp1253").split("\n", 1)
            for path in sorted((sample / "tills").rglob(f"{name}*.csv"))
        ]
        (decoded / f"{name}.csv").write_text(texts[0][0] + "\n" + "".join(body for _, body in texts), encoding="utf-8")
        connection.execute(
            f"create table till_{name} as select * from"
            f" read_csv('{decoded}/{name}.csv', delim = ';', header = true, all_varchar = true, quote = '\"')"
        )
    for name in ("invites", "responses", "answers"):
        connection.execute(
            f"create table voice_{name} as select * from"
            f" read_csv('{sample}/voice/*/{name}.csv', header = true, all_varchar = true, quote = '\"')"
        )
    connection.execute(f"create table voice_reviews as select * from '{sample}/voice/reviews/*.parquet'")
    for path in sorted((sample / "truth").glob("*.parquet")):
        connection.execute(f"create table truth_{path.stem} as select * from '{path}'")
    yield connection
    connection.close()
