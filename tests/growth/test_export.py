"""Exports on a small warehouse: what is in the file, who is not, the record, and what spreadsheets make of a cell."""

from __future__ import annotations

import csv
import datetime as dt
import stat
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration import export
from orchestration.export import EXPORT_COLUMNS, ExportError, escaped, export_audience

NOW = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "shared" / "contact_tables.sql"
AUDIENCE = "audience_key varchar, audience_code varchar, customer_id varchar, action varchar, reason varchar,"
AUDIENCE += " contact_channel varchar, contact_on date, as_of_date date"
PEOPLE = {
    # customer: (given name, e-mail, may be written to, contacts that are left)
    "a": ("=cmd|' /C calc'!A0", "a@x.gr", True, 2),
    "b": ("Βασιλική", "b@x.gr", True, 1),
    "c": ("Carla", None, True, 2),
    "d": ("Dora", "d@x.gr", False, 2),
    "e": ("Eva", "e@x.gr", True, 2),
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "evermart.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema growth; create schema personal; create schema intermediate")
        connection.execute(
            "create table personal.dim_customer_contact (customer_id varchar, given_name varchar, family_name varchar,"
            " language_code varchar, email varchar, phone varchar, may_email boolean)"
        )
        connection.execute(
            "create table intermediate.int_contact_budget__measure (customer_id varchar, budget_left bigint)"
        )
        for customer, (name, email, may, left) in PEOPLE.items():
            connection.execute(
                "insert into personal.dim_customer_contact values (?, ?, 'P', 'el', ?, '+30210', ?)",
                [customer, name, email, may],
            )
            connection.execute("insert into intermediate.int_contact_budget__measure values (?, ?)", [customer, left])
        for code in ("nudge", "coupon"):
            connection.execute(f"create table growth.audience_{code} ({AUDIENCE})")
            for customer in PEOPLE:
                action = "hold_out" if customer == "e" else "contact"
                connection.execute(
                    f"insert into growth.audience_{code} values (?, ?, ?, ?, '-1 order', 'email', ?, ?)",
                    [f"{code}:{customer}", code, customer, action, dt.date(2026, 11, 1), dt.date(2026, 10, 31)],
                )
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def record(warehouse: Path) -> list[Any]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            "select audience_code, customer_id, contact_date, exported_at from contact.audience_export order by all"
        ).fetchall()


def test_the_file_has_those_who_may_be_written_to_and_the_record_has_them_too(warehouse: Path, tmp_path: Path) -> None:
    done = export_audience(warehouse, tmp_path / "exports", "nudge", NOW)
    rows = read(done.path)
    assert (done.rows, done.left_out) == (2, 2)
    assert [(row["customer_id"], row["email"], row["given_name"]) for row in rows] == [
        ("a", "a@x.gr", "'=cmd|' /C calc'!A0"),
        ("b", "b@x.gr", "Βασιλική"),
    ]
    assert {row["reason"] for row in rows} == {"'-1 order"}
    assert "phone" not in rows[0]
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
    at = NOW.replace(tzinfo=None)
    assert record(warehouse) == [
        ("nudge", "a", dt.date(2026, 11, 1), at),
        ("nudge", "b", dt.date(2026, 11, 1), at),
    ]


def test_the_same_audience_is_written_once_and_all_audiences_share_one_budget(warehouse: Path, tmp_path: Path) -> None:
    """b has one contact left, which the nudge has taken; a has two."""
    export_audience(warehouse, tmp_path, "audience_nudge", NOW)
    again = export_audience(warehouse, tmp_path, "audience_nudge", NOW)
    assert (again.rows, again.left_out, read(again.path)) == (0, 4, [])
    assert [row["customer_id"] for row in read(export_audience(warehouse, tmp_path, "coupon", NOW).path)] == ["a"]
    assert len(record(warehouse)) == 3


def test_a_file_that_cannot_be_written_leaves_no_record(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(export, "escaped", broken)
    with pytest.raises(OSError, match="disk full"):
        export_audience(warehouse, tmp_path / "exports", "nudge", NOW)
    assert record(warehouse) == []
    assert list((tmp_path / "exports").iterdir()) == []


def test_what_cannot_be_exported_is_told(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no audience 'vips'\. There are: audience_coupon, audience_nudge\."):
        export_audience(warehouse, tmp_path, "vips", NOW)
    with pytest.raises(ExportError, match=r"no warehouse at .*Run `make nightly` first"):
        export_audience(tmp_path / "nothing.duckdb", tmp_path, "nudge", NOW)


@given(st.text())
def test_no_cell_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    cell = escaped(text)
    assert not cell.lstrip(" \t\r\n\x0b\x0c\ufeff\u200b").startswith(("=", "+", "-", "@"))
    assert cell in (text, f"'{text}")


@pytest.mark.parametrize("text", ["=1+1", " =1", "\t=1", "+3069", "-1", "@sum(A1)", "\uff1dcmd", "\r\n=1", "\tx"])
def test_a_cell_that_a_spreadsheet_would_compute_is_text(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (-1, "-1"), ("a=b", "a=b"), (dt.date(2026, 1, 2), "2026-01-02")]
)
def test_other_cells_stay_as_they_are(value: object, cell: str) -> None:
    assert escaped(value) == cell


def test_the_table_before_the_first_export_is_the_one_that_the_command_writes() -> None:
    given_back: list[dict[str, dict[str, str]]] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.globals["return"] = given_back.append
    environment.from_string(MACROS.read_text(encoding="utf-8") + "{% do contact_tables() %}").render()
    as_dbt = {name: data_type.replace("varchar", "string") for name, data_type in EXPORT_COLUMNS.items()}
    assert given_back == [{"audience_export": as_dbt}]
