"""The clustering answers what a slow reference answers, whatever the order, the names or the batches of its input."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.identity import cluster as module
from orchestration.identity.cluster import Pairs, cluster
from orchestration.identity.facts import VETOES, Facts
from orchestration.identity.withheld import Withheld
from tests.identity.slow_cluster import MODEL, NAMES, Cluster, Edge, Graph, Record, Slow, graphs, home

WITHHELD = Withheld(MODEL)


def run(
    graph: Graph, order: Iterable[int] | None = None, vetoes: Iterable[str] = VETOES
) -> tuple[set[Cluster], list[str]]:
    return run_on(graph, graph.pairs(order), vetoes)


def run_on(graph: Graph, pairs: Pairs, vetoes: Iterable[str] = VETOES) -> tuple[set[Cluster], list[str]]:
    facts = [record.facts() for record in graph.records]

    def facts_of(at: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Sequence[Facts]:
        return [facts[position] for position in at.tolist()]

    roots, verdicts = cluster(len(facts), facts_of, pairs, WITHHELD, graph.decided, frozenset(vetoes))
    members: defaultdict[int, set[int]] = defaultdict(set)
    for position, root in enumerate(roots.tolist()):
        members[root].add(position)
    assert all(root == min(of_root) for root, of_root in members.items())
    return set(map(frozenset, members.values())), verdicts.tolist()


@settings(max_examples=250, deadline=None)
@given(graphs())
def test_clusters_and_verdicts_equal_those_of_the_slow_reference(graph: Graph) -> None:
    clusters, verdicts = run(graph)
    slow = Slow(graph)
    assert clusters == slow.clusters()
    assert verdicts == slow.verdicts(clusters)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_no_cluster_contradicts_itself_and_every_decision_is_obeyed(graph: Graph) -> None:
    clusters, _ = run(graph)
    slow = Slow(graph)
    for members in clusters:
        units = [unit for unit in slow.units if unit <= members]
        assert frozenset().union(*units) == members
        assert not any(slow.contradict(one, other) for one, other in itertools.combinations(units, 2))
    assert all(home(clusters, a) == home(clusters, b) for a, b in graph.must)
    assert all(home(clusters, a) != home(clusters, b) for a, b in graph.cannot)


@settings(max_examples=80, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_neither_order_nor_names_matter(graph: Graph, chance: random.Random) -> None:
    clusters, verdicts = run(graph)
    order = chance.sample(range(len(graph.edges)), len(graph.edges))
    assert run(graph, order) == (clusters, [verdicts[number] for number in order])
    to = chance.sample(range(len(graph.records)), len(graph.records))
    renamed = Graph(
        tuple(graph.records[to.index(at)] for at in range(len(to))),
        tuple(edge._replace(a=to[edge.b], b=to[edge.a]) for edge in graph.edges),
        tuple((to[b], to[a]) for a, b in reversed(graph.must)),
        tuple((to[b], to[a]) for a, b in reversed(graph.cannot)),
    )
    assert run(renamed) == ({frozenset(to[at] for at in members) for members in clusters}, verdicts)


@settings(max_examples=80, deadline=None)
@given(st.lists(graphs(), min_size=1, max_size=3), st.integers(1, 3))
def test_batches_do_not_matter(parts: list[Graph], size: int) -> None:
    graph = Graph((), ())
    for part in parts:
        at = len(graph.records)
        graph = Graph(
            graph.records + part.records,
            graph.edges + tuple(edge._replace(a=edge.a + at, b=edge.b + at) for edge in part.edges),
            graph.must + tuple((a + at, b + at) for a, b in part.must),
            graph.cannot + tuple((a + at, b + at) for a, b in part.cannot),
        )
    whole = run(graph)
    with patch.object(module, "BATCH", size):
        assert run(graph) == whole


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_taking_decisions_away_restores_the_clusters(graph: Graph) -> None:
    free = replace(graph, must=(), cannot=())
    before = run(free)
    run(graph)
    assert run(free) == before
    for must, cannot in ((graph.must, ()), ((), graph.cannot)):
        for number in range(len(must)):
            part = replace(graph, must=must[:number], cannot=cannot[:number])
            assert run(part)[0] == Slow(part).clusters()


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sets(st.sampled_from(VETOES)))
def test_a_veto_that_is_left_out_forbids_nothing(graph: Graph, vetoes: set[str]) -> None:
    clusters, verdicts = run(graph, vetoes=vetoes)
    slow = Slow(graph, vetoes)
    assert clusters == slow.clusters()
    assert verdicts == slow.verdicts(clusters)


def agreeing(*records: Record, odds: float = 3.0) -> Graph:
    pairs = itertools.combinations(range(len(records)), 2)
    return Graph(records, tuple(Edge(a, b, odds) for a, b in pairs))


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        (Record("19800102", 1980), Record("19900506", 1990), "birth_date"),
        (Record("19800102", 1980), Record(None, 1981), "birth_date"),
        (Record(gender="F"), Record(gender="M"), "gender"),
        # A comparison calls one a short form of the other.
        (Record(name=NAMES[4]), Record(name=NAMES[5]), "given_name"),
        (
            Record(name=NAMES[7], card="1", is_living=True),
            Record(name=NAMES[6], card="2", is_living=True),
            "living_cards",
        ),
    ],
)
def test_a_group_that_agrees_by_its_answers_is_not_one_person_against_its_facts(
    one: Record, other: Record, because: str
) -> None:
    graph = agreeing(one, other)
    assert run(graph) == ({frozenset((0,)), frozenset((1,))}, [because])
    assert run(graph, vetoes=set(VETOES) - {because})[1] == ["linked"]


def test_a_mistyped_date_is_one_person_only_where_an_identifier_vouches_for_it() -> None:
    one, other = Record("19800102", 1980), Record("19810102", 1981)
    assert run(agreeing(one, other)) == ({frozenset((0,)), frozenset((1,))}, ["birth_date"])
    assert run(agreeing(one._replace(email="x@a.gr"), other._replace(email="x@a.gr")))[1] == ["linked"]
    assert run(agreeing(one._replace(card="1"), other._replace(card="1")))[1] == ["linked"]
    assert run(agreeing(one, Record("19800201", 1980)))[1] == ["linked"]


def test_an_identifier_of_the_cluster_vouches_for_a_mistyped_date_as_well() -> None:
    apart = Record("19800102", 1980), Record("19810102", 1981, email="x@a.gr")
    graph = Graph((*apart, Record(email="x@a.gr")), (Edge(0, 2, 4.0), Edge(0, 1, 3.0)))
    assert run(graph)[0] == {frozenset((0, 1, 2))}


def test_a_chain_of_misspelt_dates_does_not_lead_from_one_person_to_another() -> None:
    graph = agreeing(*(Record(date, int(date[:4]), email="x@a.gr") for date in ("19800102", "19810102", "19810103")))
    clusters, verdicts = run(graph)
    assert clusters == {frozenset((0, 1)), frozenset((2,))}
    assert verdicts == ["linked", "birth_date", "unlikely"]


def test_what_agrees_with_a_record_agrees_with_all_that_a_person_linked_to_it() -> None:
    graph = replace(
        agreeing(
            Record("19800102", 1980, "F", NAMES[0]), Record("19900506", 1990, "M", NAMES[4]), Record("19900506", 1990)
        ),
        must=((0, 1),),
    )
    assert run(graph)[0] == {frozenset((0, 1, 2))}


def test_records_that_contradict_each_other_do_not_meet_in_what_a_person_linked() -> None:
    linked = (Record(gender="F"), Record(gender="M"))
    graph = Graph((*linked, Record(gender="F"), Record(gender="M")), (Edge(0, 2, 3.0), Edge(1, 3, 2.0)), must=((0, 1),))
    assert run(graph)[0] == {frozenset((0, 1, 2)), frozenset((3,))}


def test_decisions_on_records_without_any_pair_are_obeyed() -> None:
    graph = Graph((Record(),) * 4, (Edge(2, 3, 1.0),), must=((0, 1),), cannot=((2, 3),))
    assert run(graph) == ({frozenset((0, 1)), frozenset((2,)), frozenset((3,))}, ["cannot_link"])


def test_a_batch_with_decisions_leaves_those_of_other_batches_alone() -> None:
    graph = Graph(
        (Record(),) * 6,
        (Edge(0, 1, 4.0), Edge(1, 2, 3.0), Edge(3, 4, 2.0), Edge(4, 5, 1.0)),
        cannot=((1, 2), (4, 5)),
    )
    with patch.object(module, "BATCH", 1):
        clusters, verdicts = run(graph)
    assert clusters == {frozenset((0, 1)), frozenset((2,)), frozenset((3, 4)), frozenset((5,))}
    assert verdicts == ["linked", "cannot_link", "linked", "cannot_link"]


def test_without_records_there_are_no_clusters() -> None:
    assert run(Graph((), ())) == (set(), [])


def test_pairs_whose_answers_rule_a_contradiction_out_are_not_looked_up() -> None:
    graph = agreeing(Record(name=NAMES[4]), Record(name=NAMES[5]))
    assert run_on(graph, replace(graph.pairs(), unsure=np.asarray([False])))[1] == ["linked"]
