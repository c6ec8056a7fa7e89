"""Simulating a programme: rules are refused with the row and the remedy, and the page needs nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.simulation.figures import Comparison, Side
from orchestration.simulation.graph import part_of
from orchestration.simulation.page import render_page
from orchestration.simulation.rules import SimulationError, check_rules, load_rules, rule_files

TIERS: dict[str, Any] = {
    "loyalty_tier": {
        "schema": "rules",
        "alias": "loyalty_tier",
        "config": {
            "column_types": {"rule_version": "string", "tier_rank": "integer", "entry_threshold": "decimal(18, 4)"}
        },
    }
}
GOOD = "rule_version,tier_rank,entry_threshold\na,0,0\na,1,300\n"


@pytest.fixture
def rules() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema rules")
    return connection


def write(folder: Path, text: str, name: str = "loyalty_tier.csv") -> dict[str, Path]:
    (folder / name).write_text(text, encoding="utf-8")
    return rule_files(folder, TIERS)


def test_rules_are_loaded_with_the_types_of_the_seed(rules: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load_rules(rules, write(tmp_path, GOOD), TIERS)
    assert rules.execute("select * from rules.loyalty_tier order by 2").fetchall() == [
        ("a", 0, Decimal(0)),
        ("a", 1, Decimal(300)),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rule_version,tier_rank\na,0\n", "column 'entry_threshold' is missing"),
        (GOOD.replace("300", "many"), "row 3, column entry_threshold: 'many' is not of type decimal(18, 4)"),
        (GOOD.replace("tier_rank", "rank"), "'tier_rank' is missing, 'rank' is unknown"),
        (GOOD + "a,2\n", "row 4: it has not 3 fields"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_value(
    rules: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(SimulationError) as refused:
        load_rules(rules, write(tmp_path, text), TIERS)
    assert told in str(refused.value)
    assert "loyalty_tier.csv" in str(refused.value)


def test_a_folder_that_is_no_programme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"is not a folder; name one with CSV files such as loyalty_tier\.csv"):
        rule_files(tmp_path / "nowhere", TIERS)
    with pytest.raises(SimulationError, match="holds no CSV file"):
        rule_files(tmp_path, TIERS)
    with pytest.raises(SimulationError, match=r"tiers\.csv is no part of a programme"):
        write(tmp_path, GOOD, "tiers.csv")


def test_rules_that_a_test_of_the_seed_refuses_are_told_row_by_row(
    rules: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load_rules(rules, write(tmp_path, GOOD), TIERS)
    sql = "select rule_version, 'must be below 300' as remedy from rules.loyalty_tier where entry_threshold >= 300"
    with pytest.raises(SimulationError, match="steps: rule_version = a, remedy = must be below 300"):
        check_rules(rules, [{"name": "steps", "compiled_code": sql}])


def test_only_what_lies_between_the_rules_and_the_report_is_run() -> None:
    def node(name: str, kind: str, *parents: str) -> dict[str, Any]:
        config = {"severity": "ERROR"}
        return {"name": name, "resource_type": kind, "config": config, "depends_on": {"nodes": list(parents)}}

    nodes = {
        "s": node("loyalty_tier", "seed"),
        "orders": node("fct_order", "model"),
        "earn": node("int_points_earn__calculate", "model", "s", "orders"),
        "history": node("tier_history", "model", "earn", "orders"),
        "status": node("loyalty_status", "model", "history"),
        "sound": node("tiers_rise", "test", "s"),
        "other": node("history_is_sound", "test", "history", "s"),
    }
    part = part_of({"nodes": nodes, "sources": {}})
    assert [model["name"] for model in part.models] == ["int_points_earn__calculate", "tier_history"]
    assert [item["name"] for item in part.inputs] == ["fct_order"]
    assert [test["name"] for test in part.tests] == ["tiers_rise"]


def comparison() -> Comparison:
    zero = Decimal("0.00")
    present = Side(3, 100, 10, 20, 0, 30, 40, Decimal("1.00"), Decimal("2.00"), zero, Decimal("3.00"))
    simulated = Side(3, 200, 10, 20, 5, 30, 140, Decimal("0.75"), Decimal("7.00"), zero, Decimal("7.75"))
    moved = (("<Silver>", "Gold", 1), ("Gold", "Gold", 2))
    issued = ((dt.date(2026, 1, 1), 60, 120), (dt.date(2026, 2, 1), 40, 80))
    return Comparison(dt.date(2026, 2, 28), "EUR", present, simulated, ("none", "<Silver>", "Gold"), moved, issued)


def test_the_page_needs_nothing_else_and_shows_every_figure() -> None:
    page = render_page(comparison(), "A & B")
    assert page.replace("http://www.w3.org/2000/svg", "").count("http") == 0
    assert "<script" not in page
    assert "A &amp; B" in page
    assert "&lt;Silver&gt;" in page
    assert page.count("<svg") == 3
    assert "+4.75" in page
    assert "1 members would have another tier" in page


def test_the_json_has_both_sides_and_their_difference() -> None:
    told = comparison().as_json()
    assert told["difference"]["points_issued"] == 100
    assert told["difference"]["cost_amount"] == "4.75"
    assert told["tier_matrix"][0] == {"present": "<Silver>", "simulated": "Gold", "members": 1}
