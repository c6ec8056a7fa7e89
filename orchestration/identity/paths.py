"""How a record hangs together with the first record of its customer: the strongest path of links.

The path whose weakest link is as strong as can be runs along the maximum spanning tree of the customer's links.
Belongs here: trees and paths. Does not belong here: which pairs are linked.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Edge(NamedTuple):
    """A link between two records. A higher weight is a stronger link."""

    a: str
    b: str
    rule: str
    score: float
    weight: float


class Step(NamedTuple):
    """The next record on the way from a record to the first one of its customer.

    `steps` counts the links from here to the first record; `weakest` is the lowest weight among them.
    """

    record: str
    next_record: str
    steps: int
    rule: str
    score: float
    weight: float
    weakest: float


def spanning_forest(edges: Iterable[Edge]) -> dict[str, list[tuple[str, Edge]]]:
    """Return the maximum spanning forest as neighbours: by record the other ends of its edges in the forest."""
    parents: dict[str, str] = {}

    def find(at: str) -> str:
        while parents.setdefault(at, at) != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    neighbours: defaultdict[str, list[tuple[str, Edge]]] = defaultdict(list)
    for edge in sorted(edges, key=lambda edge: (-edge.weight, edge.rule, edge.a, edge.b)):
        root_a, root_b = find(edge.a), find(edge.b)
        if root_a != root_b:
            parents[root_b] = root_a
            neighbours[edge.a].append((edge.b, edge))
            neighbours[edge.b].append((edge.a, edge))
    return dict(neighbours)


def steps_towards(first: str, neighbours: Mapping[str, list[tuple[str, Edge]]]) -> list[Step]:
    """Return the step of every record that the forest connects with `first`, nearest first."""
    steps: dict[str, Step] = {}
    waiting = deque([first])
    while waiting:
        at = waiting.popleft()
        behind = steps.get(at)
        for other, edge in neighbours.get(at, ()):
            if other != first and other not in steps:
                weakest = edge.weight if behind is None else min(behind.weakest, edge.weight)
                count = 1 if behind is None else behind.steps + 1
                steps[other] = Step(other, at, count, edge.rule, edge.score, edge.weight, weakest)
                waiting.append(other)
    return list(steps.values())


def strongest_path(start: str, end: str, edges: Iterable[Edge]) -> list[Edge]:
    """Return the links from `start` to `end` along the strongest path, in order; none when nothing connects them."""
    by_record = {step.record: step for step in steps_towards(end, spanning_forest(edges))}
    path = []
    at = start
    while at in by_record:
        step = by_record[at]
        path.append(Edge(at, step.next_record, step.rule, step.score, step.weight))
        at = step.next_record
    return path
