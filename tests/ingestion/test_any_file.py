"""For any file: what is received is landed or quarantined, and what is landed is what Python reads."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.files.listing import list_files
from ingestion.files.result import Load
from ingestion.files.source import read_files
from ingestion.mapping import System
from tests.ingestion.conftest import Shop

numbers = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**13), max_value=10**13).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=100).map(str),
    st.integers(-5, 10**15).map(str),
    st.sampled_from(["", "1e3", "1E-5", "12,5", "+7", ".5", "5.", "0.00001", "1.10000", "x"]),
)
dates = st.one_of(
    st.dates(dt.date(1900, 1, 1)).map(str), st.sampled_from(["", "2026-02-30", "31/12/2026", "0000-01-01"])
)
letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
texts = st.text(st.one_of(letters, st.sampled_from(list(",;\"\n \t'"))), max_size=12)
rows = st.lists(st.tuples(st.text(letters, min_size=1, max_size=5), texts, numbers, dates), max_size=40)


@pytest.fixture
def products(shop: Shop) -> System:
    columns = {"product_id": "id", "product_name": "name", "list_price": "price", "created_at": "made"}
    shop.map("products", columns, "*.csv")
    (shop.root / "files").mkdir()
    return shop.system


def expected(name: str, price: str, made: str) -> tuple[str | None, Decimal | None, dt.datetime | None] | None:
    """Return the row as Python reads it, or None when it breaks the contract."""
    try:
        amount = Decimal(price) if price else None
        if amount is not None and (amount != round(amount, 4) or not 0 <= amount < 10**14):
            return None
        day = dt.date.fromisoformat(made) if made else None
    except (InvalidOperation, ValueError):
        return None
    return name or None, amount, dt.datetime(day.year, day.month, day.day) if day else None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows)
@example(rows=[("1", "", "5E-21", ""), ("2", "", "0.00000000000000000000000001", ""), ("3", "", "0E-30", "")])
def test_received_is_landed_plus_quarantined_and_values_are_exact(
    products: System, tmp_path: Path, rows: list[tuple[str, str, str, str]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("id", "name", "price", "made"), *rows])
    Path(products.location, "p.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    system = products.model_copy(update={"time_zone": "UTC"})
    (tmp_path / "work").mkdir(exist_ok=True)
    landed: list[tuple[object, ...]] = []
    files = list_files(system, "products")
    for reading in read_files(system, "products", files, Load("1", dt.datetime.now(dt.UTC)), tmp_path / "work", ()):
        (outcome,) = reading.outcomes
        assert outcome.refused is None
        assert outcome.received == outcome.landed + outcome.quarantined == len(rows)
        if reading.rows:
            sql = "select product_id, product_name, list_price, created_at at time zone 'UTC' from read_parquet(?)"
            landed = duckdb.connect().execute(sql, [str(reading.rows)]).fetchall()
    wanted = [(id_, *good) for id_, *rest in rows if (good := expected(*rest))]
    assert landed == wanted
