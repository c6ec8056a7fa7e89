"""The golden record and consent against a plain reading of their rules, day by day, in any order of the rows."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.identity.standardise import PROJECT, SEEDS, render

FIRST = dt.date(2026, 10, 1)
DAYS = 12
AS_OF = dt.date(2026, 10, 31)
RANKS = {("account", "stated"): 2, ("account", "verified"): 1, ("guest", "stated"): 3, ("guest", "verified"): 1}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        opened.execute("create table rank (record_type varchar, evidence varchar, trust_rank integer)")
        opened.executemany("insert into rank values (?, ?, ?)", [(*key, rank) for key, rank in RANKS.items()])
        opened.execute("create view identity_source_trust as select *, 'email' as attribute_group from rank")
        opened.execute(
            "create table int_customer_golden__prove (customer_record_key varchar, attribute_group varchar,"
            " valid_from date, delivered_date date)"
        )
        opened.execute("create table int_customer_golden__digest as select 'c1' as customer_id, 1 as input_digest")
        yield opened


def model(path: str) -> str:
    return render((PROJECT / "models" / path).read_text(encoding="utf-8"))


ELECT = model("intermediate/customer_golden/int_customer_golden__elect.sql")
CONSENT = model("marts/customer/customer_consent.sql")


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    rows: list[Row] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def show(connection: duckdb.DuckDBPyConnection, name: str, rows: list[Row], schema: pa.Schema) -> None:
    connection.register(f"{name}_rows", pa.Table.from_pylist(rows, schema=schema))
    connection.execute(f"create or replace table {name} as select * from {name}_rows")


def holding_on(rows: list[Row], day: dt.date) -> list[Row]:
    return [row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])]


def on_each_day(rows: list[Row], value: Callable[[Row], Any]) -> dict[dt.date, Any]:
    """Return what holds on each day; fails when two rows hold at once."""
    found: dict[dt.date, Any] = {}
    for day in (FIRST + dt.timedelta(days) for days in range(DAYS)):
        holding = [
            row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
        ]
        assert len(holding) <= 1
        if holding:
            found[day] = value(holding[0])
    return found


days = st.integers(0, DAYS - 1)
statements = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        days,
        st.integers(1, DAYS),
        st.sampled_from("xyz"),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
STATEMENT = pa.schema([
    ("customer_record_key", pa.string()), ("source_system", pa.string()), ("record_type", pa.string()),
    ("attribute_group", pa.string()), ("value_text", pa.string()), ("same_value", pa.string()),
    ("is_complete", pa.bool_()), ("is_verified", pa.bool_()), ("customer_version_key", pa.string()),
    ("stated_at", pa.timestamp("us")), ("valid_from", pa.date32()), ("valid_to", pa.date32()),
])  # fmt: skip
MAP = pa.schema([("customer_record_key", pa.string()), ("customer_id", pa.string())])


def said(drawn: list[tuple[str, int, int, str, bool, bool]]) -> list[Row]:
    """Return statements of three records, of which none contradicts itself on one day."""
    rows: list[Row] = []
    for record in ("a", "b", "c"):
        taken = FIRST
        for _, start, length, value, verified, is_open in sorted(each for each in drawn if each[0] == record):
            begin = max(FIRST + dt.timedelta(start), taken)
            end = begin + dt.timedelta(length)
            taken = dt.date(9999, 1, 1) if is_open else end
            if begin.year == 9999:
                break
            rows.append({
                "customer_record_key": record, "source_system": "shop",
                "record_type": "guest" if record == "c" else "account", "attribute_group": "email",
                "value_text": value, "same_value": value, "is_complete": True, "is_verified": verified,
                "customer_version_key": f"{record}{begin}", "stated_at": dt.datetime.combine(begin, dt.time(10)),
                "valid_from": begin, "valid_to": None if is_open else end,
            })  # fmt: skip
    return rows


def best(rows: list[Row], day: dt.date) -> tuple[str, str] | None:
    holding = holding_on(rows, day)
    frequency = Counter(row["same_value"] for row in holding)

    def order(row: Row) -> tuple[Any, ...]:
        rank = RANKS[row["record_type"], "verified" if row["is_verified"] else "stated"]
        since = -row["valid_from"].toordinal()
        return rank, since, -frequency[row["same_value"]], row["customer_record_key"]

    return min(((order(row), (row["value_text"], row["customer_record_key"])) for row in holding), default=(0, None))[1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statements, st.randoms(use_true_random=False))
def test_every_day_has_the_value_that_the_rules_choose(
    connection: duckdb.DuckDBPyConnection, drawn: list[tuple[str, int, int, str, bool, bool]], shuffle: random.Random
) -> None:
    rows = said(drawn)
    show(connection, "stg_identity__customer_record_map", [
        {"customer_record_key": record, "customer_id": "c1"} for record in ("a", "b", "c")
    ], MAP)  # fmt: skip
    show(connection, "int_customer_golden__gather", rows, STATEMENT)
    elected = rows_of(connection, ELECT)
    held = on_each_day(elected, lambda row: (row["value_text"], row["customer_record_key"]))
    expected = {day: best(rows, day) for day in (FIRST + dt.timedelta(days) for days in range(DAYS))}
    assert held == {day: value for day, value in expected.items() if value}

    shuffle.shuffle(rows)
    show(connection, "int_customer_golden__gather", rows, STATEMENT)
    assert sorted(map(str, rows_of(connection, ELECT))) == sorted(map(str, elected))


consents = st.lists(
    st.tuples(st.sampled_from("abc"), days, st.integers(0, 23), st.booleans()),
    min_size=1, max_size=8, unique_by=lambda each: each[:3],
)  # fmt: skip
CHANGE = pa.schema([
    ("source_system", pa.string()), ("customer_id", pa.string()), ("consent_channel", pa.string()),
    ("consent_purpose", pa.string()), ("is_granted", pa.bool_()), ("changed_at", pa.timestamp("us")),
])  # fmt: skip
ACCOUNT = pa.schema([("source_system", pa.string()), ("customer_id", pa.string()), ("deleted_at", pa.timestamp("us"))])


def allowed(drawn: list[tuple[str, int, int, bool]], gone: dict[str, int | None], day: int) -> bool | None:
    """Return what the strictest record says at the end of a day; None when none has said anything."""
    last = {record: granted for record, at, _, granted in sorted(drawn) if at <= day}
    if not last:
        return None
    deleted = {record for record, at in gone.items() if at is not None and at <= day}
    return all(last.values()) and any(record not in deleted for record in last)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(consents, st.fixed_dictionaries({record: st.none() | days for record in "abc"}))
def test_every_day_has_the_strictest_consent(
    connection: duckdb.DuckDBPyConnection, drawn: list[tuple[str, int, int, bool]], gone: dict[str, int | None]
) -> None:
    def instant(day: int, hour: int) -> dt.datetime:
        return dt.datetime.combine(FIRST + dt.timedelta(day), dt.time(hour))

    key = render("{{ customer_record_key(\"'shop'\", \"'eshop_account'\", 'customer_id') }}")
    show(connection, "stg_eshop__consents", [
        {"source_system": "shop", "customer_id": record, "consent_channel": "email", "consent_purpose": "marketing",
         "is_granted": granted, "changed_at": instant(day, hour)}
        for record, day, hour, granted in drawn
    ], CHANGE)  # fmt: skip
    show(connection, "stg_eshop__customers", [
        {"source_system": "shop", "customer_id": record, "deleted_at": None if day is None else instant(day, 12)}
        for record, day in gone.items()
    ], ACCOUNT)  # fmt: skip
    connection.execute(
        f"create or replace table customer_record_map as select {key} as customer_record_key, 'c1' as customer_id"
        " from stg_eshop__customers"
    )
    held = on_each_day(rows_of(connection, CONSENT), lambda row: row["is_granted"])
    expected = {FIRST + dt.timedelta(day): allowed(drawn, gone, day) for day in range(DAYS)}
    assert held == {day: value for day, value in expected.items() if value is not None}


def test_every_evidence_of_the_seed_is_known_to_the_models() -> None:
    text = (SEEDS / "identity_source_trust.csv").read_text(encoding="utf-8")
    assert {line.split(",")[2] for line in text.splitlines()[1:]} == {"stated", "verified", "delivered"}
