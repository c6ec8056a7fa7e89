"""A slow clustering, written from the words of `orchestration.identity.cluster` and `facts`, and graphs to try it on.

It knows clusters as sets of records and nothing else: every question is answered by asking all members again.

Belongs here: the reference and the random graphs. Does not belong here: any assertion.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from orchestration.identity.cluster import Decided, Pairs
from orchestration.identity.comparisons import COMPARISONS
from orchestration.identity.facts import Birth, Card, Facts
from orchestration.identity.mixture import KINDS, initial_model
from orchestration.identity.names import Name, families_agree, names_agree

LARGEST = 8
COLUMN = {comparison.name: number for number, comparison in enumerate(COMPARISONS)}
DOUBTS = ("birth_date", "gender", "given_name", "living_cards")
MODEL = initial_model()
Cluster = frozenset[int]

# Dates that are one by a swap or an edit, in chains whose ends are not; and names likewise.
DATES = ("19800102", "19800201", "19800103", "19810102", "19820102", "19751130")
NAMES = tuple(
    Name(given, frozenset((given, *more)), family)
    for given, more, family in (
        ("maria", (), "papas"),
        ("mario", (), "papas"),
        ("marios", (), "vlahos"),
        ("m", (), "papas"),
        ("gabriel", (), "papas"),
        ("gabriela", (), "vlahos"),
        ("alex", ("alexandros", "alexandra"), "papas"),
        ("alexandros", (), "vlahos"),
    )
)


class Record(NamedTuple):
    """What one record says; None where it says nothing."""

    date: str | None = None
    year: int | None = None
    gender: str | None = None
    name: Name | None = None
    email: str | None = None
    card: str | None = None
    is_living: bool = False

    def facts(self) -> Facts:
        def unit(value: Any) -> frozenset[frozenset[Any]]:
            return frozenset((frozenset((value,)),))

        def known(value: Any) -> frozenset[Any]:
            return frozenset(() if value is None else (value,))

        return Facts(
            births=unit(Birth(self.date, self.year)) if self.year else frozenset(),
            genders=unit(self.gender) if self.gender else frozenset(),
            names=unit(self.name) if self.name else frozenset(),
            emails=known(self.email),
            cards=known(self.card),
            living=unit(Card(self.card, self.name)) if self.is_living and self.card and self.name else frozenset(),
        )


class Edge(NamedTuple):
    """A pair of records, how likely it is one person by itself, and what it seems to contradict itself in."""

    a: int
    b: int
    odds: float
    doubt: int = -1


@dataclass(frozen=True)
class Graph:
    """Records, edges of different odds, and what people have decided."""

    records: tuple[Record, ...]
    edges: tuple[Edge, ...]
    must: tuple[tuple[int, int], ...] = ()
    cannot: tuple[tuple[int, int], ...] = ()

    @property
    def decided(self) -> Decided:
        return Decided(self.must, self.cannot)

    def answers(self, a: int, b: int) -> list[int]:
        """Return the answers of the pair to what clusters are asked for as well."""
        one, other = self.records[a], self.records[b]
        levels = [-1] * len(COMPARISONS)
        for name in ("email", "card", "gender"):
            x, y = getattr(one, name), getattr(other, name)
            if x is not None and y is not None:
                levels[COLUMN[name]] = 0 if x == y else _last(name)
        if one.year and other.year:
            levels[COLUMN["birth"]] = _birth_level(one, other)
        return levels

    def pairs(self, order: Iterable[int] | None = None) -> Pairs:
        """Return the edges as the clustering takes them, in some order."""
        edges = [self.edges[number] for number in (range(len(self.edges)) if order is None else order)]
        odds = np.asarray([edge.odds for edge in edges], dtype=np.float64)
        likelihoods = np.zeros((len(edges), len(KINDS)))
        likelihoods[:, 0] = odds + math.log(len(KINDS) - 1)
        return Pairs(
            np.asarray([edge.a for edge in edges], np.int64),
            np.asarray([edge.b for edge in edges], np.int64),
            likelihoods,
            np.asarray([self.answers(edge.a, edge.b) for edge in edges], np.int8).reshape(-1, len(COMPARISONS)),
            odds,
            np.asarray([edge.doubt for edge in edges], np.int64),
        )


def _last(name: str) -> int:
    return len(COMPARISONS[COLUMN[name]].levels) - 1


def _birth_level(one: Record, other: Record) -> int:
    if one.date and other.date:
        return 0 if one.date == other.date else 1 if dates_agree(one.date, other.date) else _last("birth")
    return 2 if one.year == other.year else _last("birth")


def dates_agree(a: str, b: str) -> bool:
    """Return True for dates that are equal, differ in one digit or two neighbours, or swap day and month."""
    differing = [at for at in range(8) if a[at] != b[at]]
    turned = len(differing) == 2 and differing[1] == differing[0] + 1 and sorted(a) == sorted(b)
    return len(differing) < 2 or turned or a == b[:4] + b[6:] + b[4:6]


class Slow:
    """The reference on one graph."""

    def __init__(self, graph: Graph, vetoes: Collection[str] = DOUBTS) -> None:
        allowed = [number for number, doubt in enumerate(DOUBTS) if doubt not in vetoes]
        edges = (edge._replace(doubt=-1) if edge.doubt in allowed else edge for edge in graph.edges)
        self.graph = replace(graph, edges=tuple(edges))
        self.vetoes = [doubt for doubt in DOUBTS if doubt in vetoes]
        self.units = connected(len(graph.records), graph.must)

    def clusters(self) -> set[Cluster]:
        """Return the clusters."""
        graph = self.graph
        likely = [edge for edge in graph.edges if edge.odds >= 0]
        edges = [(edge.a, edge.b) for edge in likely]
        clusters = set(self.units)
        decided = {at for pair in (*graph.must, *graph.cannot) for at in pair}
        for component in connected(len(graph.records), [*edges, *graph.must]):
            if not component & decided and self._is_agreed(component):
                clusters = {cluster for cluster in clusters if not cluster <= component} | {component}
        for edge in sorted(likely, key=lambda edge: (-edge.odds, edge.a, edge.b)):
            here, there = home(clusters, edge.a), home(clusters, edge.b)
            if here != there and not self.are_foes(here, there) and self._may_merge(edge, here, there):
                clusters = (clusters - {here, there}) | {here | there}
        return clusters

    def verdicts(self, clusters: set[Cluster]) -> list[str]:
        """Return what became of each edge."""
        return [self._verdict(edge, clusters) for edge in self.graph.edges]

    def _verdict(self, edge: Edge, clusters: set[Cluster]) -> str:
        here, there = home(clusters, edge.a), home(clusters, edge.b)
        if here == there:
            return "linked"
        if self.are_foes(here, there):
            return "cannot_link"
        if edge.doubt >= 0:
            return DOUBTS[edge.doubt]
        one, other = (record_facts(self.graph, frozenset((at,))) for at in (edge.a, edge.b))
        vouched = self.is_vouched(frozenset((edge.a,)), frozenset((edge.b,)))
        found = (doubt for doubt in self.vetoes if edge.odds >= 0 and excludes(doubt, one, other, vouched))
        return next(found, "unlikely")

    def are_foes(self, here: Cluster, there: Cluster) -> bool:
        """Return True when a person holds the two apart."""
        return any({a, b} & here and {a, b} & there for a, b in self.graph.cannot)

    def contradict(self, here: Cluster, there: Cluster) -> bool:
        """Return True when two members exclude each other; must-linked records speak with one voice."""
        voices = [[record_facts(self.graph, unit) for unit in self.units if unit <= side] for side in (here, there)]
        vouched = self.is_vouched(here, there)
        return any(excludes(doubt, x, y, vouched) for doubt in self.vetoes for x, y in itertools.product(*voices))

    def is_vouched(self, here: Cluster, there: Cluster) -> bool:
        """Return True when the two share an identifier."""
        return any(self._said(name, here) & self._said(name, there) for name in ("email", "card"))

    def _is_agreed(self, component: Cluster) -> bool:
        agreed = {frozenset((e.a, e.b)) for e in self.graph.edges if e.odds >= 0 and e.doubt < 0}
        return all(
            frozenset((a, b)) in agreed and not self.contradict(frozenset((a,)), frozenset((b,)))
            for a, b in itertools.combinations(component, 2)
        )

    def _may_merge(self, edge: Edge, here: Cluster, there: Cluster) -> bool:
        if self.contradict(here, there):
            return False
        kinds = [edge.odds + math.log(len(KINDS) - 1)] + [0.0] * (len(KINDS) - 1)
        for name in ("email", "card", "birth", "gender"):
            answer = self.graph.answers(edge.a, edge.b)[COLUMN[name]]
            one, other = (self._said(name, side) for side in (here, there))
            if not one or not other:
                continue
            if answer < 0:
                kinds = _plus(kinds, name, _level(name, one, other), 1)
            elif name in ("email", "card") and answer == _last(name) and one & other:
                kinds = _plus(_plus(kinds, name, 0, 1), name, answer, -1)
        return kinds[0] - math.log(sum(map(math.exp, kinds[1:]))) >= 0

    def _said(self, name: str, members: Cluster) -> set[Any]:
        attribute = "date" if name == "birth" else name
        return {getattr(self.graph.records[at], attribute) for at in members} - {None}


def _plus(kinds: list[float], name: str, level: int, sign: int) -> list[float]:
    return [kind + sign * math.log(answer) for kind, answer in zip(kinds, MODEL.answers[name][level], strict=True)]


def _level(name: str, one: set[Any], other: set[Any]) -> int:
    if one & other:
        return 0
    if name == "birth" and any(dates_agree(x, y) for x, y in itertools.product(one, other)):
        return 1
    return _last(name)


def record_facts(graph: Graph, members: Cluster) -> list[Record]:
    """Return the records of some members."""
    return [graph.records[at] for at in sorted(members)]


def excludes(doubt: str, one: Collection[Record], other: Collection[Record], vouched: bool) -> bool:
    """Return True when both sides say something, and nothing that one says agrees with anything the other says.

    A mistyped date agrees only when an identifier vouches for the two sides.
    """
    says, agree = RULES["vouched_birth_date" if vouched and doubt == "birth_date" else doubt]
    pairs = list(itertools.product(filter(says, one), filter(says, other)))
    return bool(pairs) and not any(agree(x, y) for x, y in pairs)


def _births_agree(x: Record, y: Record) -> bool:
    return dates_agree(x.date, y.date) if x.date and y.date else x.year == y.year


def _births_are_equal(x: Record, y: Record) -> bool:
    if x.date and y.date:
        return x.date in (y.date, y.date[:4] + y.date[6:] + y.date[4:6])
    return x.year == y.year


def _cards_agree(x: Record, y: Record) -> bool:
    assert x.name is not None
    assert y.name is not None
    return x.card == y.card or (names_agree(x.name, y.name) and families_agree(x.name, y.name))


RULES: dict[str, tuple[Callable[[Record], bool], Callable[[Record, Record], bool]]] = {
    "birth_date": (lambda record: record.year is not None, _births_are_equal),
    "vouched_birth_date": (lambda record: record.year is not None, _births_agree),
    "gender": (lambda record: record.gender is not None, lambda x, y: x.gender == y.gender),
    "given_name": (
        lambda record: record.name is not None,
        lambda x, y: x.name is not None and y.name is not None and names_agree(x.name, y.name),
    ),
    "living_cards": (lambda record: bool(record.is_living and record.card and record.name), _cards_agree),
}


def connected(size: int, links: Iterable[tuple[int, int]]) -> set[Cluster]:
    """Return the connected components."""
    found = {frozenset((at,)) for at in range(size)}
    for a, b in links:
        here, there = home(found, a), home(found, b)
        found = (found - {here, there}) | {here | there}
    return found


def home(clusters: Iterable[Cluster], at: int) -> Cluster:
    """Return the cluster of a record."""
    return next(cluster for cluster in clusters if at in cluster)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Draw a record that leaves out much of what it might say."""
    date = draw(st.none() | st.sampled_from(DATES))
    year = int(date[:4]) if date else draw(st.none() | st.sampled_from((1980, 1981)))
    return Record(
        date,
        year,
        draw(st.sampled_from((None, None, "F", "M"))),
        draw(st.none() | st.sampled_from(NAMES)),
        draw(st.sampled_from((None, "x@a.gr", "y@a.gr"))),
        draw(st.sampled_from((None, None, "1", "2"))),
        draw(st.booleans()),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph: mostly likely edges, no two of the same odds, and decisions that do not contradict each other."""
    people = draw(st.lists(records(), min_size=1, max_size=LARGEST))
    # Few kinds of records make groups that agree; many make groups that do not.
    if draw(st.booleans()):
        people = [draw(st.sampled_from(people[:2])) for _ in people]
    possible = list(itertools.combinations(range(len(people)), 2))
    ends = draw(st.sets(st.sampled_from(possible)) | st.just(set(possible))) if possible else set()
    weights = draw(st.permutations(range(len(ends))))
    shift = draw(st.integers(0, len(ends)))
    doubts = st.sampled_from((-1,) * 12 + tuple(range(len(DOUBTS))))
    edges = [
        Edge(a, b, (weight - shift + 0.5) * draw(st.sampled_from((0.5, 0.5, 2.0))) + weight * 1e-4, draw(doubts))
        for (a, b), weight in zip(sorted(ends), weights, strict=True)
    ]
    decisions = st.lists(st.sampled_from(possible), max_size=3, unique=True) if possible else st.just([])
    must = draw(decisions)
    units = connected(len(people), must)
    cannot = [pair for pair in draw(decisions) if home(units, pair[0]) != home(units, pair[1])]
    return Graph(tuple(people), tuple(edges), tuple(must), tuple(cannot))
