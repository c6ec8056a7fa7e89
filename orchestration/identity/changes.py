"""What changed between two nights' ids: merges, splits, and which living id an old one resolves to.

Belongs here: pure functions over ids. Does not belong here: reading or writing the warehouse.

An id is made of the record that was first seen in its cluster, so it lives as long as that record leads a cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

EventKind = Literal["merge", "split"]


class Move(NamedTuple):
    """How many records that had the id `old` on the night before have the id `new` now (also when both are equal)."""

    old: str
    new: str
    records: int


class Event(NamedTuple):
    """A merge: `absorbed` is an id that no longer lives and resolves to `survivor`.

    A split: records left `survivor` and are now under `absorbed`.
    """

    kind: EventKind
    survivor: str
    absorbed: str
    records: int


def find_events(moves: Iterable[Move], living: set[str] | frozenset[str]) -> list[Event]:
    """Return the events that explain every record whose id changed, ordered by kind, survivor and absorbed id.

    Args:
        moves: the records of each pair of old and new id; pairs of equal ids may be left out.
        living: the ids that exist now.
    """
    changed: defaultdict[str, list[Move]] = defaultdict(list)
    for move in moves:
        if move.old != move.new:
            changed[move.old].append(move)
    events: list[Event] = []
    for old, departures in changed.items():
        keeper = old
        if old not in living:
            main = min(departures, key=lambda move: (-move.records, move.new))
            departures.remove(main)
            keeper = main.new
            events.append(Event("merge", keeper, old, main.records))
        events += [Event("split", keeper, move.new, move.records) for move in departures]
    return sorted(events)


def resolve_aliases(newest_merge: Mapping[str, str], living: set[str] | frozenset[str]) -> dict[str, str | None]:
    """Return the living id of every id that was ever absorbed and does not live now.

    Args:
        newest_merge: per absorbed id the survivor of its newest merge. An id is absorbed while its survivor lives, so
            every step of a chain is newer than the one before, and no chain is a ring.
        living: the ids that exist now.

    Returns:
        Per id the living one, or None when no record of its customer is left (all were erased).
    """
    aliases: dict[str, str | None] = {}
    for start in newest_merge:
        if start in living:
            continue
        at: str | None = start
        while at is not None and at not in living:
            at = newest_merge.get(at)
        aliases[start] = at
    return aliases
