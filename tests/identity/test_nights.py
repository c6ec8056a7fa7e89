"""Nights in a row on one warehouse: ids stay, every change of an id is logged, every old id resolves."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity.outcome import CLUSTERS, ONLY_RECORD, PAIRS
from orchestration.identity.people import People
from orchestration.identity.reading import RECORDS
from orchestration.identity.record_history import Published, read_published
from orchestration.identity.resolve import resolve_customers
from tests.identity.warehouse import FIRST_NIGHT, KEYS, Pair, Warehouse, people_of_links

LINKS = [(a, b) for a in KEYS for b in KEYS if a < b]
# More than DuckDB writes at once: it writes the rest by several threads.
MANY = 300_000
RUNS = "select run_number, logged_at from identity.identity_run"
Night = tuple[int, list[Pair], bool]

links = st.lists(st.sampled_from(LINKS), max_size=8)
nights = st.lists(st.tuples(st.integers(2, len(KEYS)), links, st.booleans()), min_size=1, max_size=4)


def test_a_first_night_of_many_gives_every_record_its_customer() -> None:
    warehouse = Warehouse()
    warehouse.connection.execute("set threads = 2")
    warehouse.connection.execute(
        f"insert into {RECORDS} by name select md5(range::varchar) as customer_record_key, timestamp '2025-01-01'"
        f" as created_at from range({MANY})"
    )
    keys = warehouse.connection.sql(f"select customer_record_key from {RECORDS} order by 1").to_arrow_table().column(0)
    pairs_of_two = pa.array([str(key) for key in keys.to_pylist()[::2] for _ in range(2)])
    alone = [pa.array([value] * MANY) for value in (ONLY_RECORD, 1.0)]
    people = People(pa.table([keys, pairs_of_two, *alone], schema=CLUSTERS), PAIRS.empty_table(), 0, frozenset())
    for night in range(2):
        resolution = resolve_customers(
            warehouse.connection,
            FIRST_NIGHT + dt.timedelta(days=night),
            find=lambda _connection, _decisions: people,
            published=Published(frozenset(warehouse.connection.sql(RUNS).fetchall()) if night else frozenset()),
        )
        assert (resolution.records, resolution.customers) == (MANY, MANY // 2)
    assert (resolution.merges, resolution.splits, resolution.changed_share) == (0, 0, 0)


@settings(max_examples=30, deadline=None)
@given(nights)
def test_every_id_that_was_ever_published_is_explained_and_resolves(history: list[Night]) -> None:
    warehouse = Warehouse()
    published: set[str] = set()
    before: dict[str, str] = {}
    known = 0
    for count, night_links, publish in history:
        known = max(known, count)
        run = warehouse.run(KEYS[:known], night_links, publish=publish).run_number
        now = warehouse.map()
        assert len(set(now.values())) == len(set(map(frozenset, warehouse.clusters().values())))
        aliases = warehouse.aliases()
        assert set(aliases) == published - set(now.values())
        assert set(aliases.values()) <= set(now.values())
        assert_moves_are_logged(warehouse, run, before, now)
        if publish:
            published |= set(now.values())
            before = now


def assert_moves_are_logged(warehouse: Warehouse, run: int, before: dict[str, str], now: dict[str, str]) -> None:
    logged = [tuple(event[:4]) for event in warehouse.log() if event[4] == run]
    moves = Counter((before[key], now[key]) for key in before if before[key] != now[key])
    assert Counter(int(records) for *_, records in logged) == Counter(moves.values())
    for (old, new), records in moves.items():
        merged = ("merge", new, old, records) in logged
        left = any(event == "split" and absorbed == new and moved == records for event, _, absorbed, moved in logged)
        assert merged or left
        assert not merged or old not in now.values()


@settings(max_examples=30, deadline=None)
@given(links, links, st.randoms(use_true_random=False))
def test_what_is_taken_back_restores_customers_and_their_ids(
    before: list[Pair], between: list[Pair], chance: random.Random
) -> None:
    warehouse = Warehouse()
    warehouse.run(KEYS, before)
    first = warehouse.map()
    warehouse.run(KEYS, between)
    warehouse.run(KEYS, chance.sample(before, len(before)))
    assert warehouse.map() == first
    assert not set(warehouse.aliases()) & set(first.values())


@settings(max_examples=20, deadline=None)
@given(links, st.sampled_from(LINKS), st.sampled_from(["must", "cannot"]))
def test_a_decision_wins_and_taking_its_row_out_restores_customers_and_ids(
    night_links: list[Pair], pair: Pair, decision: str
) -> None:
    warehouse = Warehouse()
    warehouse.run(KEYS, night_links)
    first = warehouse.map()
    decided = [pair]
    must, cannot = (decided, []) if decision == "must" else ([], decided)
    warehouse.run(KEYS, night_links, must=must, cannot=cannot)
    now = warehouse.map()
    assert (now[pair[0]] == now[pair[1]]) is (decision == "must")
    warehouse.run(KEYS, night_links)
    assert warehouse.map() == first


@settings(max_examples=20, deadline=None)
@given(nights)
def test_customers_do_not_depend_on_the_nights_before_up_to_their_names(history: list[Night]) -> None:
    warehouse, fresh = Warehouse(), Warehouse()
    for count, night_links, publish in history:
        warehouse.run(KEYS[:count], night_links, publish=publish)
    fresh.run(KEYS[: history[-1][0]], history[-1][1])
    assert set(warehouse.clusters().values()) == set(fresh.clusters().values())


@settings(max_examples=20, deadline=None)
@given(links, links, links)
def test_a_night_that_nobody_read_leaves_no_trace(first: list[Pair], held_back: list[Pair], last: list[Pair]) -> None:
    warehouse, plain = Warehouse(), Warehouse()
    for one in (warehouse, plain):
        one.run(KEYS[:6], first)
    warehouse.run(KEYS, held_back, publish=False)
    warehouse.run(KEYS, last)
    plain.run(KEYS, last)
    assert warehouse.map() == plain.map()
    assert warehouse.former() == plain.former()
    assert warehouse.aliases() == plain.aliases()
    assert [event[:4] for event in warehouse.log()] == [event[:4] for event in plain.log()]


def test_the_id_that_most_records_carry_survives() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [("b", "c")])
    many = warehouse.map()["b"]
    one = warehouse.map()["a"]
    assert warehouse.run("abc", [("a", "b"), ("b", "c")]).merges == 1
    assert set(warehouse.map().values()) == {many}
    assert warehouse.aliases() == {one: many}


def test_a_customer_that_loses_a_record_keeps_the_id_with_the_others_and_the_record_gets_a_new_one() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [("a", "b"), ("b", "c")])
    (customer,) = set(warehouse.map().values())
    warehouse.run("abc", [("b", "c")])
    now = warehouse.map()
    assert now["b"] == now["c"] == customer != now["a"]
    warehouse.run("abc", [("a", "b"), ("b", "c")])
    assert set(warehouse.map().values()) == {customer}
    # The id that lived in between is known for ever.
    assert warehouse.aliases() == {now["a"]: customer}
    warehouse.run("abc", [("b", "c")])
    assert warehouse.map() == now


def test_the_log_shows_the_link_that_merged_and_what_keeps_apart() -> None:
    warehouse = Warehouse()
    warehouse.run("ab", [])
    warehouse.run("ab", [("a", "b")])
    warehouse.run("ab", [])
    warehouse.run("ab", [("a", "b")])
    warehouse.run("ab", [("a", "b")], cannot=[("a", "b")])
    evidence = warehouse.rows(
        """select event, evidence, link_rule, record_key_a, record_key_b, match_weight > 3
        from identity.customer_merge_log order by run_number"""
    )
    assert evidence == [
        ("merge", "linked", "same_email", "a", "b", True),
        ("split", "no link holds them any more", None, None, None, None),
        ("merge", "linked", "same_email", "a", "b", True),
        ("split", "refused: cannot_link", "same_email", "a", "b", True),
    ]


def test_a_night_that_is_run_again_changes_nothing() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [], FIRST_NIGHT)
    warehouse.run("abc", [("a", "b")], FIRST_NIGHT)
    tables = ("customer_record_map", "customer_merge_log", "customer_id_alias", "customer_id_history")
    before = [warehouse.rows(f"select * from identity.{table} order by all") for table in tables]
    again = warehouse.run("abc", [("a", "b")], FIRST_NIGHT)
    assert (again.merges, again.splits, again.changed_share) == (0, 0, 0)
    assert [warehouse.rows(f"select * from identity.{table} order by all") for table in tables] == before


def test_links_of_unknown_records_stop_the_step_and_leave_everything_alone() -> None:
    warehouse = Warehouse()
    warehouse.run("ab", [("a", "b")])
    before = warehouse.map()
    warehouse.connection.execute("insert into personal.link values ('a', 'z')")
    with pytest.raises(ValueError, match="z, which is no record"):
        resolve_customers(warehouse.connection, FIRST_NIGHT, published=warehouse.published, find=people_of_links)
    assert warehouse.map() == before


def test_decisions_that_contradict_each_other_stop_the_step() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [])
    before = warehouse.map()
    with pytest.raises(ValueError, match="must be linked") as error:
        warehouse.run("abc", [], must=[("a", "b"), ("b", "c")], cannot=[("a", "c")])
    for row in (
        "identity_cannot_link.csv: a and c",
        "identity_must_link.csv: a and b",
        "identity_must_link.csv: b and c",
    ):
        assert row in str(error.value)
    assert warehouse.map() == before


def test_an_erased_customer_resolves_to_nobody() -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [])
    ids = warehouse.map()
    warehouse.run("abc", [("a", "b")])
    warehouse.run("c", [])
    assert warehouse.aliases() == {ids["a"]: None, ids["b"]: None}
    warehouse.run("abc", [])
    assert warehouse.map() == ids


def test_a_new_warehouse_takes_the_ids_over_from_what_is_published(tmp_path: Path) -> None:
    warehouse = Warehouse()
    warehouse.run("abc", [("a", "b"), ("b", "c")])
    warehouse.run("abc", [("b", "c")])
    release = tmp_path / "evermart.duckdb"
    warehouse.snapshot(release)
    new = Warehouse()
    new.published = read_published(release, release)
    assert new.published.runs == warehouse.published.runs
    new.run("abc", [("b", "c")], publish=False)
    assert (new.map(), new.former()) == (warehouse.map(), warehouse.map())
    assert new.log() == warehouse.log()


def test_after_a_rollback_a_night_is_measured_against_what_readers_have() -> None:
    warehouse = Warehouse()
    warehouse.run("ab", [])
    apart, first = warehouse.map(), warehouse.published.current
    warehouse.run("ab", [("a", "b")])
    warehouse.published = warehouse.published._replace(current=first)
    again = warehouse.run("ab", [])
    assert warehouse.former() == warehouse.map() == apart
    assert again.splits == 1
