"""How a record hangs together with the first record of its customer: the strongest path of links.

The path whose weakest link is as strong as can be runs along the maximum spanning tree of the customer's links.
Belongs here: trees and paths. Does not belong here: which pairs are linked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


class Edge(NamedTuple):
    """A link between two records. A higher weight is a stronger link."""

    a: str
    b: str
    rule: str
    score: float
    weight: float


class Steps(NamedTuple):
    """The next record on the way from each record to a first one; arrays of one length, nearest first.

    Attributes:
        record: position of the record, which is no first one.
        next_record: position of the record that it is linked with.
        edge: position of the link between the two.
        links: how many lead from here to the first record.
        weakest: the lowest weight among them.
    """

    record: Whole
    next_record: Whole
    edge: Whole
    links: Whole
    weakest: Floats


def steps_towards(firsts: Whole, size: int, left: Whole, right: Whole, weights: Floats) -> Steps:
    """Return the steps of all records that links connect with a first one, along the maximum spanning forest.

    Args:
        firsts: positions of the first records, no two of which are connected.
        size: the number of records.
        left: per link the position of one of its records.
        right: per link the position of the other.
        weights: of the links, the strongest first; of equal ones the first is preferred.
    """
    tree = _spanning_forest(size, left, right)
    # A record above all first ones, so that one search finds all paths.
    above = size
    rows, columns = np.append(tree.row, np.full(len(firsts), above)), np.append(tree.col, firsts)
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(size + 1, size + 1)).tocsr()
    order, parents = (found.astype(np.int64) for found in breadth_first_order(graph, above, directed=False))
    edge_of = np.full(size + 1, -1)
    edge_of[np.where(parents[tree.row] == tree.col, tree.row, tree.col)] = tree.data.astype(np.int64) - 1
    placed = np.empty(size + 1, np.int64)
    placed[order] = np.arange(len(order))
    parent_at = placed[parents[order[1:]]]
    count, weakest = np.zeros(len(order), np.int64), np.full(len(order), np.inf)
    # All records as far away follow one another.
    level, start = 0, 1 + len(firsts)
    while start < len(order):
        level, end = level + 1, 1 + int(np.searchsorted(parent_at, start))
        count[start:end] = level
        weakest[start:end] = np.minimum(weakest[parent_at[start - 1 : end - 1]], weights[edge_of[order[start:end]]])
        start = end
    found = slice(1 + len(firsts), None)
    record = order[found]
    return Steps(record, parents[record], edge_of[record], count[found], weakest[found])


def _spanning_forest(size: int, left: Whole, right: Whole) -> coo_matrix:
    """Return the forest of the links that come first; its data are their positions, from one."""
    ends = np.sort(np.stack([left, right]), axis=0)
    _, kept = np.unique(ends[0] * size + ends[1], return_index=True)
    ranks = coo_matrix((kept + 1.0, (left[kept], right[kept])), shape=(size, size))
    return minimum_spanning_tree(ranks).tocoo()


def strongest_path(start: str, end: str, edges: Iterable[Edge]) -> list[Edge]:
    """Return the links from `start` to `end` along the strongest path, in order; none when nothing connects them."""
    links = sorted(edges, key=lambda edge: (-edge.weight, edge.rule, edge.a, edge.b))
    names = sorted({start, end}.union(*((edge.a, edge.b) for edge in links)))
    at = {name: position for position, name in enumerate(names)}
    left, right = (np.array([at[name] for name in side], np.int64) for side in _sides(links))
    weights = np.array([edge.weight for edge in links], np.float64)
    steps = steps_towards(np.array([at[end]]), len(names), left, right, weights)
    by_record = {int(step[0]): step for step in zip(*steps, strict=True)}
    path, here = [], at[start]
    while here in by_record:
        _, following, edge, *_ = by_record[here]
        path.append(Edge(names[here], names[following], *links[edge][2:]))
        here = int(following)
    return path


def _sides(links: list[Edge]) -> tuple[list[str], list[str]]:
    return [edge.a for edge in links], [edge.b for edge in links]
