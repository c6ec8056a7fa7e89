"""Deterministic clustering of customer records under constraints.

Pairs that a person has decided are one (`must`) are taken first and never refused. Then every group in which all
records agree with one another is one person. What is left is merged pair by pair, the likeliest first, as long as one
person is likely by the pair alone: a merge is refused when facts of the two clusters exclude each other, when a person
holds them apart (`cannot`), or when what the clusters know and the pair does not makes it unlikely. What has been
merged is never torn apart again. The order of the rows does not matter, since pairs are sorted by odds and keys.

Belongs here: the clustering. Does not belong here: what two records' agreement weighs (`mixture`), which facts exclude
each other (`facts`), and the ids that clusters are given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from orchestration.identity.facts import VETOES, Facts, as_one_unit, contradiction, unite
from orchestration.identity.mixture import Levels
from orchestration.identity.withheld import Withheld, odds_of

LINKED: Final = "linked"
HELD_APART: Final = "cannot_link"
UNLIKELY: Final = "unlikely"
DOUBTS: Final = VETOES
BATCH: Final = 100_000
Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of records, by their positions.

    Attributes:
        left: position of one record.
        right: position of the other, never the same.
        likelihoods: (pairs, kinds) logarithms as `mixture.log_likelihoods` gives them.
        levels: (pairs, comparisons) the answers, -1 where unknown.
        odds: ln(P(person) / P(any other kind)) of the pair alone.
        doubted: the position in DOUBTS of what the two records alone seem to contradict each other in; -1 for nothing.
        unsure: whether the answers of an undoubted pair leave open that its facts contradict each other (Gabriel is a
            short form of Gabriela to a comparison); True for all pairs, when left out.
    """

    left: Whole
    right: Whole
    likelihoods: Floats
    levels: Levels
    odds: Floats
    doubted: Whole
    unsure: NDArray[np.bool_] | None = None


def _columns(pairs: Pairs) -> tuple[Any, ...]:
    return pairs.left, pairs.right, pairs.likelihoods, pairs.levels, pairs.odds, pairs.doubted


@dataclass(frozen=True)
class Decided:
    """What people have decided, as pairs of positions: they always win."""

    must: Sequence[tuple[int, int]] = ()
    cannot: Sequence[tuple[int, int]] = ()


@dataclass
class _Forest:
    """Clusters as trees, with what is known of each."""

    parents: dict[int, int]
    facts: dict[int, Facts]
    foes: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def root(self, at: int) -> int:
        while self.parents[at] != at:
            self.parents[at] = self.parents[self.parents[at]]
            at = self.parents[at]
        return at

    def merge(self, a: int, b: int) -> None:
        low, high = min(a, b), max(a, b)
        self.parents[high] = low
        self.facts[low] = unite(self.facts[low], self.facts[high])
        for foe in self.foes.pop(high, set()):
            self.foes[foe].discard(high)
            self.foes[foe].add(low)
            self.foes[low].add(foe)


def cluster(
    size: int,
    facts_of: Callable[[Whole], Sequence[Facts]],
    pairs: Pairs,
    withheld: Withheld,
    decided: Decided | None = None,
    vetoes: frozenset[str] = frozenset(VETOES),
) -> tuple[Whole, NDArray[np.object_]]:
    """Group records into clusters, one per person.

    Args:
        size: the number of records.
        facts_of: gives what the records at some positions say.
        pairs: pairs of records that may be one person, in any order.
        withheld: adds what clusters know to what a pair says.
        decided: what people have decided. Nothing may be both linked (also by a chain) and held apart.
        vetoes: which contradictions forbid a merge.

    Returns:
        Per record the smallest position in its cluster; per pair LINKED, or what it was refused for: HELD_APART,
        UNLIKELY or one of DOUBTS.
    """
    decided = decided or Decided()
    allowed = [number for number, doubt in enumerate(DOUBTS) if doubt not in vetoes]
    pairs = replace(pairs, doubted=np.where(np.isin(pairs.doubted, allowed), -1, pairs.doubted))
    pairs = _look_up_doubts(pairs, facts_of, vetoes)
    offered = np.flatnonzero(pairs.odds >= 0)
    likely = Pairs(*(column[offered] for column in _columns(pairs)))
    roots = np.arange(size)
    components = _components(size, likely, decided)
    whole, hard, touched = _split_components(components, likely, decided)
    members = np.flatnonzero(whole[components])
    if members.size:
        firsts = np.full(len(whole), size)
        np.minimum.at(firsts, components[members], members)
        roots[members] = firsts[components[members]]
    merging = _Merging(roots, facts_of, likely, withheld, vetoes)
    for batch in _batches(components, likely, hard):
        merging.merge(batch, Decided())
    for batch, of_batch in _share_out(decided, components, likely, _batches(components, likely, touched)):
        merging.merge(batch, of_batch)
    return roots, _verdicts(roots, pairs, decided)


def _look_up_doubts(pairs: Pairs, facts_of: Callable[[Whole], Sequence[Facts]], vetoes: frozenset[str]) -> Pairs:
    """Doubt the likely pairs whose answers leave it open, but whose facts contradict each other."""
    unsure = np.ones(len(pairs.left), np.bool_) if pairs.unsure is None else pairs.unsure
    at = np.flatnonzero(unsure & (pairs.doubted < 0) & (pairs.odds >= 0))
    doubted = pairs.doubted.copy()
    for batch in np.split(at, np.arange(BATCH, len(at), BATCH)):
        positions, ends = np.unique(np.concatenate([pairs.left[batch], pairs.right[batch]]), return_inverse=True)
        facts = facts_of(positions)
        found = [contradiction(facts[a], facts[b], vetoes) for a, b in ends.reshape(2, -1).T.tolist()]
        doubted[batch] = [-1 if doubt is None else DOUBTS.index(doubt) for doubt in found]
    return replace(pairs, doubted=doubted)


def _components(size: int, pairs: Pairs, decided: Decided) -> Whole:
    links = np.asarray(decided.must, dtype=np.int64).reshape(-1, 2)
    left, right = np.concatenate([pairs.left, links[:, 0]]), np.concatenate([pairs.right, links[:, 1]])
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    labels: Whole = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _split_components(
    components: Whole, pairs: Pairs, decided: Decided
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which components are one person as they are, are merged pair by pair, and are decided on by people."""
    count = int(components.max()) + 1 if len(components) else 0
    sizes = np.bincount(components, minlength=count)
    possible = np.bincount(components[pairs.left], minlength=count)
    agreed = np.bincount(components[pairs.left[pairs.doubted < 0]], minlength=count)
    touched = np.zeros(count, np.bool_)
    touched[components[sorted(_ends(decided.must) | _ends(decided.cannot))]] = True
    whole = (agreed == sizes * (sizes - 1) // 2) & (sizes > 1) & ~touched
    return whole, (possible > 0) & ~whole & ~touched, touched


def _batches(components: Whole, pairs: Pairs, chosen: NDArray[np.bool_]) -> list[Whole]:
    """Return the positions of the pairs of the chosen components, likeliest first, a few whole components at a time."""
    at = np.flatnonzero(chosen[components[pairs.left]])
    of_pair = components[pairs.left[at]]
    order = np.lexsort((pairs.right[at], pairs.left[at], -pairs.odds[at], of_pair))
    ordered, of_pair = at[order], of_pair[order]
    wanted = np.arange(BATCH, len(ordered), BATCH)
    return np.split(ordered, np.unique(np.searchsorted(of_pair, of_pair[wanted]))) if len(ordered) else []


def _share_out(
    decided: Decided, components: Whole, pairs: Pairs, batches: list[Whole]
) -> Iterator[tuple[Whole, Decided]]:
    """Yield every batch with the decisions on its components, last an empty one with those on all others.

    What two components must not be is left out: nothing links them.
    """
    batch_of = np.full(int(components.max(initial=-1)) + 1, len(batches))
    for number, batch in enumerate(batches):
        batch_of[components[pairs.left[batch]]] = number
    must: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    cannot: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for a, b in decided.must:
        must[int(batch_of[components[a]])].append((a, b))
    for a, b in decided.cannot:
        if components[a] == components[b]:
            cannot[int(batch_of[components[a]])].append((a, b))
    for number, batch in enumerate([*batches, np.empty(0, np.int64)]):
        yield batch, Decided(must[number], cannot[number])


class _Merging:
    """Merges pair by pair, in the order given."""

    def __init__(
        self,
        roots: Whole,
        facts_of: Callable[[Whole], Sequence[Facts]],
        pairs: Pairs,
        withheld: Withheld,
        vetoes: frozenset[str],
    ) -> None:
        self._roots, self._facts_of, self._pairs = roots, facts_of, pairs
        self._withheld, self._vetoes = withheld, vetoes

    def merge(self, order: Whole, decided: Decided) -> None:
        """Merge the records of some pairs, and write their roots."""
        pairs = self._pairs
        left, right = pairs.left[order], pairs.right[order]
        ends = np.asarray(sorted(_ends(decided.must) | _ends(decided.cannot)), dtype=np.int64)
        positions = np.unique(np.concatenate([left, right, ends]))
        facts = dict(zip(positions.tolist(), self._facts_of(positions), strict=True))
        forest = _Forest({at: at for at in facts}, facts)
        _merge_decided(forest, decided)
        columns = (left, right, pairs.likelihoods[order], pairs.levels[order])
        for a, b, evidence, answers in zip(*(column.tolist() for column in columns), strict=True):
            here, there = forest.root(a), forest.root(b)
            if here == there or there in forest.foes.get(here, ()):
                continue
            one, other = forest.facts[here], forest.facts[there]
            if contradiction(one, other, self._vetoes):
                continue
            if odds_of(self._withheld.add(evidence, answers, one, other)) >= 0:
                forest.merge(here, there)
        self._roots[positions] = [forest.root(at) for at in positions.tolist()]


def _merge_decided(forest: _Forest, decided: Decided) -> None:
    for a, b in decided.must:
        here, there = forest.root(a), forest.root(b)
        if here != there:
            forest.merge(here, there)
            low = min(here, there)
            forest.facts[low] = as_one_unit(forest.facts[low])
    for a, b in decided.cannot:
        here, there = forest.root(a), forest.root(b)
        forest.foes[here].add(there)
        forest.foes[there].add(here)


def _ends(decisions: Iterable[tuple[int, int]]) -> set[int]:
    return {at for decision in decisions for at in decision}


def _verdicts(roots: Whole, pairs: Pairs, decided: Decided) -> NDArray[np.object_]:
    here, there = roots[pairs.left], roots[pairs.right]
    verdicts = np.asarray([*DOUBTS, UNLIKELY], dtype=object)[pairs.doubted]
    verdicts[here == there] = LINKED
    apart = {frozenset((int(roots[a]), int(roots[b]))) for a, b in decided.cannot}
    enemies = sorted({at for pair in apart for at in pair})
    for number in np.flatnonzero(np.isin(here, enemies) & np.isin(there, enemies)).tolist():
        if frozenset((int(here[number]), int(there[number]))) in apart:
            verdicts[number] = HELD_APART
    return verdicts
