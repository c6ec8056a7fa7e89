"""The step on a warehouse of its own: what it writes, when it refuses, and that the order of rows is no matter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import numpy as np
import pytest

from orchestration.prediction.step import predict
from orchestration.prediction.tables import COLUMNS
from tests.prediction.customers import simulate

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "shared" / "prediction_tables.sql"
GATES = {"min_customers": 500, "min_repeat_customers": 100, "min_history_days": 180, "max_silent_days": 30}


def warehouse(customers: int, *, seed: int = 0, silent_days: int = 0, **gates: int) -> duckdb.DuckDBPyConnection:
    """Return a warehouse with as many simulated customers, in an order that the seed decides."""
    made = simulate(customers, 0.0, leaves_after_first=True, r=0.6, alpha=6.0, a=0.9, b=2.5)
    recency = np.ceil(made.recency_days)
    rows = [
        (f"c{number:05}", int(x), int(t_x), int(max(age, t_x)) + silent_days, 10.0 + number % 37 if x else None)
        for number, (x, t_x, age) in enumerate(zip(made.repeats, recency, made.age_days, strict=True))
    ]
    order = np.random.default_rng(seed).permutation(len(rows))
    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema rules")
    connection.execute(
        "create table intermediate.int_customer_history__summarise (customer_id varchar, repeat_purchases bigint,"
        " recency_days bigint, age_days bigint, repeat_spend_reporting decimal(18, 4))"
    )
    for_nobody = not rows
    if for_nobody:
        rows = [("nobody", 0, 0, 0, None)]
        order = np.array([0])
    connection.executemany(
        "insert into intermediate.int_customer_history__summarise values (?, ?, ?, ?, ?)", [rows[at] for at in order]
    )
    if for_nobody:
        connection.execute("delete from intermediate.int_customer_history__summarise")
    settings = GATES | gates | {"horizon_days": 365}
    columns = ", ".join(f"{value} as {name}" for name, value in settings.items())
    connection.execute(f"create table rules.prediction_setting as select {columns}")
    return connection


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[Any]:
    return connection.execute(f"select * from prediction.{table} order by all").fetchall()


def test_every_customer_is_scored_whatever_the_order_of_the_rows() -> None:
    first, second = warehouse(700, seed=1), warehouse(700, seed=2)
    done = predict(first)
    predict(second)
    assert done == (700, 700, "bg_nbd, mbg_nbd, gamma_gamma", "")
    for table in COLUMNS:
        assert rows_of(first, table) == rows_of(second, table)
    scored = first.execute(
        """select count(*), count(alive_probability_mbg_nbd), count(expected_purchases_bg_nbd), count(expected_spend),
            count(*) filter (where expected_spend <= 0) from prediction.customer_prediction"""
    ).fetchall()
    assert scored == [(700, 700, 700, 700, 0)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"customers": 499}, "499 customers have ordered, and 500 are needed"),
        ({"customers": 600, "min_repeat_customers": 600}, r"\d+ customers have come again, and 600 are needed"),
        ({"customers": 600, "min_history_days": 2000}, r"the first order is \d+ days old, and 2000 days are needed"),
        ({"customers": 600, "silent_days": 90}, r"nobody has ordered for \d+ days, and 30 are the most"),
        ({"customers": 0}, "0 customers have ordered, and 500 are needed"),
    ],
)
def test_too_little_data_scores_nobody_and_says_why(given: dict[str, int], reason: str) -> None:
    connection = warehouse(**given)
    assert predict(connection).predicted == 0
    assert rows_of(connection, "customer_prediction") == []
    said = connection.execute("select is_fitted, not_fitted_reason from prediction.prediction_model").fetchall()
    assert len(said) == 3
    for is_fitted, text in said:
        assert not is_fitted
        assert re.fullmatch(reason, text)


def test_a_night_with_too_little_takes_yesterday_s_predictions_away() -> None:
    connection = warehouse(700)
    predict(connection)
    connection.execute("update rules.prediction_setting set min_customers = 701")
    assert predict(connection).predicted == 0
    assert rows_of(connection, "customer_prediction") == []


def test_spend_that_cannot_be_fitted_leaves_the_purchases_predicted() -> None:
    connection = warehouse(700)
    connection.execute("update intermediate.int_customer_history__summarise set repeat_spend_reporting = 0")
    done = predict(connection)
    assert (done.predicted, done.fitted_models) == (700, "bg_nbd, mbg_nbd")
    assert done.not_fitted == "gamma_gamma: nobody has a repeat purchase of a positive amount"
    assert connection.execute("select count(expected_spend) from prediction.customer_prediction").fetchall() == [(0,)]


def test_the_tables_before_the_first_night_are_those_that_the_step_writes() -> None:
    given_back: list[dict[str, dict[str, str]]] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.globals["return"] = given_back.append
    environment.from_string(MACROS.read_text(encoding="utf-8") + "{% do prediction_tables() %}").render()
    as_dbt = {
        table: {name: data_type.replace("varchar", "string") for name, data_type in columns.items()}
        for table, columns in COLUMNS.items()
    }
    assert given_back == [as_dbt]
