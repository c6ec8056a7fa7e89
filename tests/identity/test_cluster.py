"""The clustering answers what a slow reference answers, in whatever order its input comes."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import time
from collections import defaultdict

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity.cluster import ONLY_RECORD, cluster_records
from tests.identity.tables import (
    Link,
    Record,
    cluster_slowly,
    contradicts_itself,
    decided_graphs,
    exclude_each_other,
    graphs,
    link_table,
    pair_table,
    record_table,
    units_of,
)

MILLION = 1_000_000


def clusters_of(table: pa.Table) -> set[frozenset[str]]:
    members: defaultdict[str, set[str]] = defaultdict(set)
    for row in table.to_pylist():
        members[row["cluster_key"]].add(row["customer_record_key"])
    return {frozenset(keys) for keys in members.values()}


Decided = tuple[list[Record], list[Link], list[tuple[str, str]]]


@settings(deadline=None)
@given(decided_graphs())
def test_clusters_equal_those_of_the_slow_reference(graph: Decided) -> None:
    records, links, cannot = graph
    table = cluster_records(record_table(records), link_table(links), cannot=pair_table(cannot))
    assert clusters_of(table) == cluster_slowly(records, links, cannot)


@settings(deadline=None)
@given(decided_graphs(), st.randoms(use_true_random=False))
def test_the_order_and_direction_of_rows_do_not_matter(graph: Decided, chance: random.Random) -> None:
    records, links, cannot = graph
    turned = [Link(link.b, link.a, link.score, link.rule) if chance.random() < 0.5 else link for link in links]
    swapped = [(b, a) if chance.random() < 0.5 else (a, b) for a, b in cannot]
    expected = cluster_records(record_table(records), link_table(links), cannot=pair_table(cannot))
    shuffled = cluster_records(
        record_table(chance.sample(records, len(records))),
        link_table(chance.sample(turned, len(turned))),
        cannot=pair_table(chance.sample(swapped, len(swapped))),
    )
    assert shuffled.equals(expected)


@settings(deadline=None)
@given(decided_graphs())
def test_what_a_person_has_decided_always_holds(graph: Decided) -> None:
    records, links, cannot = graph
    clusters = clusters_of(cluster_records(record_table(records), link_table(links), cannot=pair_table(cannot)))
    home = {key: cluster for cluster in clusters for key in cluster}
    units = units_of(records, links)
    assert all(home[link.a] == home[link.b] for link in links if link.rule == "must_link")
    assert not any(home[a] == home[b] for a, b in cannot)
    # Facts that exclude each other meet only where a person has said that they do.
    assert not any(
        contradicts_itself(records, units, cluster) for cluster in clusters if units[min(cluster)] != cluster
    )


@pytest.mark.parametrize("chain", ["ab", "acb", "adcb"])
def test_what_must_be_and_cannot_be_linked_is_named(chain: str) -> None:
    links = [Link(a, b, 1.0, "must_link") for a, b in itertools.pairwise(chain)]
    with pytest.raises(ValueError, match="a and b cannot be linked, and must be"):
        cluster_records(
            record_table([Record(key) for key in "abcd"]), link_table(links), cannot=pair_table([("b", "a")])
        )


def test_a_name_before_and_after_a_wedding_is_one_when_a_person_says_so() -> None:
    before, after = Record("a", "anna", "vlahos", card="1"), Record("b", "ioanna", "papas", card="2")
    later = Record("c", "ioanna", "papas", card="3")
    links = [Link("a", "b", 1.0, "must_link"), Link("b", "c", 0.9)]
    assert clusters_of(cluster_records(record_table([before, after, later]), link_table(links))) == {frozenset("abc")}
    assert clusters_of(cluster_records(record_table([before, after, later]), link_table(links[1:]))) == {
        frozenset("a"),
        frozenset("bc"),
    }


@settings(deadline=None)
@given(graphs())
def test_no_cluster_contradicts_itself_and_no_link_is_refused_without_a_contradiction(
    graph: tuple[list[Record], list[Link]],
) -> None:
    records, links = graph
    by_key = {record.key: record for record in records}
    clusters = clusters_of(cluster_records(record_table(records), link_table(links)))
    home = {key: cluster for cluster in clusters for key in cluster}
    for cluster in clusters:
        assert not any(exclude_each_other(by_key[a], by_key[b]) for a, b in itertools.combinations(cluster, 2))
    for link in links:
        if home[link.a] != home[link.b]:
            pairs = itertools.product(home[link.a], home[link.b])
            assert any(exclude_each_other(by_key[a], by_key[b]) for a, b in pairs)


def test_the_stronger_link_wins_a_person_that_two_claim() -> None:
    records = [Record("anna", "anna"), Record("eva", "eva"), Record("nameless")]
    links = [Link("anna", "nameless", 0.8), Link("eva", "nameless", 0.9)]
    rows = cluster_records(record_table(records), link_table(links)).to_pylist()
    assert [(row["cluster_key"], row["link_rule"], row["link_score"]) for row in rows] == [
        ("anna", ONLY_RECORD, 1.0),
        ("eva", "same_email", 0.9),
        ("eva", "same_email", 0.9),
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Record("a", born=dt.date(1980, 5, 2)), Record("b", born=dt.date(1980, 5, 3))),
        (Record("a", "anna", "vlahos"), Record("b", "eva", "vlahos")),
        (Record("a", "anna", "vlahos", card="1"), Record("b", "anna", "papas", card="2")),
    ],
    ids=["birth dates", "given names", "living cards"],
)
def test_hard_facts_forbid_a_merge(left: Record, right: Record) -> None:
    table = cluster_records(record_table([left, right]), link_table([Link("a", "b", 0.99)]))
    assert clusters_of(table) == {frozenset("a"), frozenset("b")}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Record("a", "anna", "vlahos"), Record("b", "vlahos", "anna")),
        (Record("a", "anna", "vlahos"), Record("b", "anna", "papas")),
        (Record("a", "anna", "vlahos", card="1"), Record("b", "anna", "vlahos", card="2")),
        (Record("a", "anna", "vlahos"), Record("b", "a", "vlahos")),
    ],
    ids=["swapped names", "married", "two cards of one name", "initial"],
)
def test_soft_differences_do_not(left: Record, right: Record) -> None:
    table = cluster_records(record_table([left, right]), link_table([Link("a", "b", 0.99)]))
    assert clusters_of(table) == {frozenset("ab")}


def test_a_link_to_an_unknown_record_is_named() -> None:
    with pytest.raises(ValueError, match="record_key_b ghost, which is no record"):
        cluster_records(record_table([Record("a")]), link_table([Link("a", "ghost")]))


def test_a_key_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="not unique"):
        cluster_records(record_table([Record("a"), Record("a")]), link_table([]))


@pytest.mark.slow
def test_a_million_records_take_less_than_a_minute_of_cpu() -> None:
    chance = random.Random(7)
    keys = [f"{number:032x}" for number in range(MILLION)]
    names = [chance.choice(["anna", "eva", "nikolaos", "maria", None]) for _ in keys]
    pairs = [(at, min(at + chance.randint(1, 3), MILLION - 1)) for at in range(MILLION) for _ in range(2) if at % 4]
    records = record_table([Record(key, name) for key, name in zip(keys, names, strict=True)])
    links = link_table([Link(keys[a], keys[b], chance.choice([0.9, 0.95, 0.98])) for a, b in pairs])
    started = time.process_time()
    table = cluster_records(records, links)
    assert table.num_rows == MILLION
    assert links.num_rows == 2 * MILLION * 3 // 4
    assert time.process_time() - started < 60
