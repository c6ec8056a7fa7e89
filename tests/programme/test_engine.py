"""The sample's former points engine: its faults are told to the truth, and everything else that it booked is right."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sample.build import build_sample
from ingestion.sample.engine import spread


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Tables `movements`, `balances` and `faults` of a small sample."""
    folder: Path = tmp_path_factory.mktemp("engine")
    build_sample(folder, seed=7, scale=0.3, end_date=dt.date(2026, 10, 31))
    connection = duckdb.connect()
    for name in ("movements", "balances"):
        connection.execute(
            f"create table {name} as select distinct * from"
            f" read_csv('{folder}/bonus/loyalty_{name}-*.csv', all_varchar = true)"
        )
    connection.execute(f"create table faults as select * from '{folder}/truth/engine_faults.parquet'")
    return connection


def test_a_balance_is_the_sum_of_the_movements(engine: duckdb.DuckDBPyConnection) -> None:
    query = """
        select card, balances.points
        from balances
        left join (select card, sum(points::integer) as points from movements group by card) as sums using (card)
        where balances.points::integer <> coalesce(sums.points, 0)"""
    assert engine.execute(query).fetchall() == []


def test_every_kind_of_fault_is_planted(engine: duckdb.DuckDBPyConnection) -> None:
    causes = {cause for (cause,) in engine.execute("select distinct cause from faults").fetchall()}
    assert causes == {
        "double_sync",
        "missing_earn",
        "refund_kept_points",
        "wrong_rate_clawback",
        "never_expired_lots",
        "unexplained",
    }


def test_nothing_happens_after_the_last_day(engine: duckdb.DuckDBPyConnection) -> None:
    ((last,),) = engine.execute("select max(time) from movements").fetchall()
    assert last < "2026-03-01"


@given(st.integers(0, 10_000), st.lists(st.integers(0, 500), min_size=1, max_size=9))
def test_what_is_spread_is_all_there_and_nearly_in_proportion(amount: int, weights: list[int]) -> None:
    shares = spread(amount, weights)
    assert sum(shares) == amount
    total = sum(weights) or len(weights)
    fair = [amount * (weight if sum(weights) else 1) / total for weight in weights]
    assert all(abs(share - part) < 1 for share, part in zip(shares, fair, strict=True))
