"""Nights in a row on one warehouse: ids stay, every change of an id is logged, every old id resolves."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity.resolve import Resolution, resolve_customers

FIRST_NIGHT = dt.date(2026, 1, 1)
KEYS = tuple("abcdefgh")
PAIRS = [(a, b) for a in KEYS for b in KEYS if a < b]
Night = tuple[int, list[tuple[str, str]]]

RECORDS = """
create schema personal;
create table personal.int_customer_record__standardise (
    customer_record_key varchar, given_key varchar, family_key varchar, birth_date date, card_number varchar,
    is_living_card boolean, created_at timestamp, is_identifiable boolean
);
create table personal.int_customer_link__exact (
    record_key_a varchar, record_key_b varchar, link_rule varchar, link_score double
);
"""


class Warehouse:
    """A warehouse that knows records 'a' to 'h', seen first in an order that is not that of their keys."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(RECORDS)
        self.night = 0

    def run(self, keys: Iterable[str], links: Iterable[tuple[str, str]], on: dt.date | None = None) -> Resolution:
        known = set(keys)
        self.connection.execute("delete from personal.int_customer_record__standardise")
        self.connection.execute("delete from personal.int_customer_link__exact")
        for key in known:
            seen = dt.datetime(2025, 1, 1) + dt.timedelta(days=(ord(key) * 5) % 8)
            self.connection.execute(
                "insert into personal.int_customer_record__standardise"
                " (customer_record_key, created_at, is_identifiable) values (?, ?, true)",
                [key, seen],
            )
        for a, b in links:
            if {a, b} <= known:
                self.connection.execute(
                    "insert into personal.int_customer_link__exact values (?, ?, 'same_email', 0.9)", [a, b]
                )
        self.night += 1
        return resolve_customers(self.connection, on or FIRST_NIGHT + dt.timedelta(days=self.night))

    def map(self) -> dict[str, str]:
        return dict(self.rows("select customer_record_key, customer_id from identity.customer_record_map"))

    def aliases(self) -> dict[str, str | None]:
        return dict(self.rows("select former_customer_id, customer_id from identity.customer_id_alias"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


nights = st.lists(
    st.tuples(st.integers(2, len(KEYS)), st.lists(st.sampled_from(PAIRS), max_size=8)), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None)
@given(nights)
def test_every_id_that_was_ever_published_is_explained_and_resolves(history: list[Night]) -> None:
    warehouse = Warehouse()
    published: set[str] = set()
    before: dict[str, str] = {}
    known = 0
    for count, links in history:
        known = max(known, count)
        warehouse.run(KEYS[:known], links)
        now = warehouse.map()
        published |= set(now.values())
        aliases = warehouse.aliases()
        assert set(aliases) == published - set(now.values())
        assert set(aliases.values()) <= set(now.values())
        assert_moves_are_logged(warehouse, before, now)
        before = now


def assert_moves_are_logged(warehouse: Warehouse, before: dict[str, str], now: dict[str, str]) -> None:
    logged = warehouse.rows(
        f"""select event, survivor_customer_id, absorbed_customer_id, records_moved
        from identity.customer_merge_log where as_of_date = '{FIRST_NIGHT + dt.timedelta(days=warehouse.night)}'"""
    )
    moves = Counter((before[key], now[key]) for key in before if before[key] != now[key])
    explained = Counter(int(records) for *_, records in logged)
    assert explained == Counter(moves.values())
    for (old, new), records in moves.items():
        merged = ("merge", new, old, records) in logged
        left = any(event == "split" and absorbed == new and moved == records for event, _, absorbed, moved in logged)
        assert merged or left
        assert not merged or old not in now.values()


@settings(max_examples=25, deadline=None)
@given(nights)
def test_the_map_does_not_depend_on_the_nights_before(history: list[Night]) -> None:
    warehouse, fresh = Warehouse(), Warehouse()
    for count, links in history:
        warehouse.run(KEYS[:count], links)
    fresh.run(KEYS[: history[-1][0]], history[-1][1])
    assert warehouse.map() == fresh.map()


def test_the_id_seen_first_survives_and_a_split_gives_the_other_back() -> None:
    warehouse = Warehouse()
    warehouse.run("ab", [])
    alone = warehouse.map()
    assert warehouse.run("ab", [("a", "b")]).merges == 1
    (survivor,) = set(warehouse.map().values())
    (absorbed,) = set(alone.values()) - {survivor}
    assert warehouse.aliases() == {absorbed: survivor}
    assert warehouse.run("ab", []).splits == 1
    assert warehouse.map() == alone
    assert warehouse.rows("select * from identity.customer_id_alias") == []
    evidence = [
        text for (text,) in warehouse.rows("select evidence from identity.customer_merge_log order by run_number")
    ]
    assert re.fullmatch("same_email: [ab] and [ab]", evidence[0])
    assert evidence[1] == "no link holds them any more"


def test_a_night_that_is_run_again_changes_nothing() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [], FIRST_NIGHT)
    warehouse.run("abc", [("a", "b")], FIRST_NIGHT + dt.timedelta(days=1))
    tables = ("customer_record_map", "customer_merge_log", "customer_id_alias")
    before = [warehouse.rows(f"select * from identity.{table} order by all") for table in tables]
    again = warehouse.run("abc", [("a", "b")], FIRST_NIGHT + dt.timedelta(days=1))
    assert (again.merges, again.splits) == (0, 0)
    assert [warehouse.rows(f"select * from identity.{table} order by all") for table in tables] == before


def test_links_of_unknown_records_stop_the_step_and_leave_the_map_alone() -> None:
    warehouse = Warehouse()
    warehouse.run("ab", [("a", "b")])
    before = warehouse.map()
    warehouse.connection.execute("insert into personal.int_customer_link__exact values ('a', 'z', 'same_email', 0.9)")
    with pytest.raises(ValueError, match="z, which is no record"):
        resolve_customers(warehouse.connection, FIRST_NIGHT)
    assert warehouse.map() == before


def test_an_erased_customer_resolves_to_nobody() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [])
    warehouse.run("abc", [("a", "b")])
    ((absorbed, survivor),) = warehouse.aliases().items()
    assert survivor in warehouse.map().values()
    warehouse.run("c", [])
    assert warehouse.aliases() == {absorbed: None}
