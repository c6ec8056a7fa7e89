"""What is said about two records: who they are, by what path they hang together, or what keeps them apart."""

from __future__ import annotations

import io
import itertools
import json

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from orchestration.explanation import explanation_json, print_explanation
from orchestration.identity.evidence import Contribution
from orchestration.identity.explain import Explanation, NotFoundError, explain
from orchestration.identity.paths import Edge, steps_towards, strongest_path
from tests.identity.warehouse import Pair, Warehouse

NAMES = "abcdef"
edges = st.lists(
    st.builds(
        Edge, st.sampled_from(NAMES), st.sampled_from(NAMES), st.just("same_email"), st.just(0.9), st.integers(1, 4)
    ).filter(lambda edge: edge.a != edge.b),
    max_size=12,
)


def widest(start: str, end: str, graph: list[Edge]) -> float | None:
    """The weakest link of the best path, by trying out every path."""
    best = None
    others = [name for name in NAMES if name not in {start, end}]
    weights: dict[frozenset[str], float] = {}
    for edge in graph:
        pair = frozenset((edge.a, edge.b))
        weights[pair] = max(weights.get(pair, 0), edge.weight)
    for count in range(len(others) + 1):
        for between in itertools.permutations(others, count):
            steps = [frozenset(step) for step in itertools.pairwise((start, *between, end))]
            if all(step in weights for step in steps):
                best = max(best or 0, min(weights[step] for step in steps))
    return best


@given(edges)
def test_the_strongest_path_is_the_best_of_all_paths(graph: list[Edge]) -> None:
    path = strongest_path("a", "b", graph)
    assert (min(edge.weight for edge in path) if path else None) == widest("a", "b", graph)
    if path:
        assert [path[0].a, path[-1].b] == ["a", "b"]
        assert all(here.b == there.a for here, there in itertools.pairwise(path))


@given(edges, st.sets(st.sampled_from(NAMES), min_size=1))
def test_the_steps_of_the_table_lead_to_the_first_record(graph: list[Edge], chosen: set[str]) -> None:
    links = sorted(graph, key=lambda edge: -edge.weight)
    joined = {name: {name} for name in NAMES}
    for link in links:
        both = joined[link.a] | joined[link.b]
        joined.update(dict.fromkeys(both, both))
    # The first record of every customer that one of the chosen ones is of.
    firsts = {min(joined[name]) for name in chosen}
    sides = [edge.a for edge in links], [edge.b for edge in links]
    left, right = (np.array([NAMES.index(name) for name in side], np.int64) for side in sides)
    weights = np.array([edge.weight for edge in links], np.float64)
    found = steps_towards(np.array(sorted(map(NAMES.index, firsts))), len(NAMES), left, right, weights)
    steps = {NAMES[record]: rest for record, *rest in zip(*found, strict=True)}
    assert steps.keys() == set().union(*(joined[first] for first in firsts)) - firsts
    for start, (_, _, count, weakest) in steps.items():
        at, passed = start, []
        while at not in firsts:
            following, edge, *_ = steps[at]
            assert {links[edge].a, links[edge].b} == {at, NAMES[following]}
            at = NAMES[following]
            passed.append(links[edge].weight)
        assert (len(passed), min(passed)) == (count, weakest)
        assert weakest == widest(start, at, graph)


@pytest.fixture
def warehouse() -> Warehouse:
    warehouse = Warehouse()
    for name, data_type in {
        "source_system": "varchar", "record_type": "varchar", "source_id": "varchar", "given_name": "varchar",
        "family_name": "varchar", "email": "varchar", "phone": "varchar", "gender": "varchar",
        "country_code": "varchar",
    }.items():  # fmt: skip
        warehouse.connection.execute(
            f"alter table personal.int_customer_record__standardise add column {name} {data_type}"
        )
    return warehouse


def stored(_connection: duckdb.DuckDBPyConnection, _a: str, _b: str) -> list[Contribution]:
    return [Contribution("email", "same", 3.0)]


def told(warehouse: Warehouse, a: str, b: str) -> tuple[Explanation, str]:
    found = explain(warehouse.connection, a, b, stored)
    printed = io.StringIO()
    print_explanation(found, Console(width=200, file=printed))
    assert json.loads(explanation_json(found))["is_one_person"] is found.is_one_person
    return found, printed.getvalue()


def night(warehouse: Warehouse, links: list[Pair], cannot: list[Pair] | None = None) -> None:
    warehouse.run(["alpha-1", "bravo-2", "charlie-3", "delta-4"], links, cannot=cannot or [])
    warehouse.connection.execute(
        """update personal.int_customer_record__standardise set
        source_system = 'shop', record_type = 'eshop_account', source_id = 'x:' || right(customer_record_key, 1),
        email = left(customer_record_key, 2) || '@shop.gr'"""
    )


def test_a_path_is_told_link_by_link(warehouse: Warehouse) -> None:
    night(warehouse, [("alpha-1", "bravo-2"), ("bravo-2", "charlie-3")])
    found, text = told(warehouse, "alpha-1", "shop:eshop_account:x:3")
    assert (found.verdict, found.is_one_person) == ("linked", True)
    assert [(pair.record_key_a, pair.record_key_b) for pair in found.pairs] == [
        ("alpha-1", "bravo-2"),
        ("bravo-2", "charlie-3"),
    ]
    assert [part.comparison for part in found.pairs[0].contributions] == ["email"]
    for part in ("One person.", "shop:eshop_account:x:2", "same_email", "al@shop.gr", "keep them on this terminal"):
        assert part in text


def test_what_keeps_two_apart_is_told(warehouse: Warehouse) -> None:
    night(warehouse, [("alpha-1", "bravo-2")], cannot=[("alpha-1", "bravo-2")])
    found, text = told(warehouse, "alpha-1", "bravo-2")
    assert (found.verdict, found.decisions) == ("held_apart", ["cannot_link: alpha-1 and bravo-2"])
    assert "identity_cannot_link.csv" in text
    assert told(warehouse, "alpha-1", "delta-4")[0].verdict == "never_compared"
    assert told(warehouse, "alpha-1", "alpha-1")[0].verdict == "same_record"


def test_a_weak_pair_is_told_with_its_score(warehouse: Warehouse) -> None:
    warehouse.score = 0.6
    night(warehouse, [("alpha-1", "bravo-2")])
    found, text = told(warehouse, "alpha-1", "bravo-2")
    assert found.verdict == "below_threshold"
    assert "the score 0.600 is below 0.667" in text


def test_customers_are_found_by_old_and_shortened_ids(warehouse: Warehouse) -> None:
    night(warehouse, [])
    old = warehouse.map()
    night(warehouse, [("alpha-1", "bravo-2")])
    absorbed = ({old["alpha-1"], old["bravo-2"]} - set(warehouse.map().values())).pop()
    found, _ = told(warehouse, absorbed[:9], old["delta-4"])
    assert found.a.customer_id == warehouse.map()["alpha-1"]
    for name in ("zulu-99", "c12", "shop:eshop_account:none"):
        with pytest.raises(NotFoundError, match="customer_record_key, system:type:source_id"):
            explain(warehouse.connection, name, "alpha-1", stored)
