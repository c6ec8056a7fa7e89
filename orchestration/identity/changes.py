"""What changed between two nights' ids: merges, splits, and which living id an old one resolves to.

Belongs here: pure functions over ids. Does not belong here: reading or writing the warehouse, and which id a cluster is
given (`ids`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


def resolve_aliases(
    dead: Iterable[str],
    homes: Mapping[str, str],
    merges: Mapping[str, Sequence[tuple[int, str]]],
    living: set[str] | frozenset[str],
) -> dict[str, str | None]:
    """Return the living id of every id that does not live now.

    An id resolves to where most of the records are that carried it last. Only when none of them is left (they were
    erased, or their source has dropped them) do the merges of the log say where it went.

    Args:
        dead: the ids to resolve.
        homes: per id the living one that most of its last records have now.
        merges: per absorbed id its merges as (run, survivor), in any order.
        living: the ids that exist now.

    Returns:
        Per id the living one, or None when nothing is left of its customer.
    """
    return {start: _resolve(start, homes, merges, living) for start in dead}


def _resolve(
    start: str,
    homes: Mapping[str, str],
    merges: Mapping[str, Sequence[tuple[int, str]]],
    living: set[str] | frozenset[str],
) -> str | None:
    at, run = start, 0
    while at not in living:
        if at in homes:
            return homes[at]
        # A customer lives when others are merged into it: what happened to it comes later. So no chain is a ring.
        later = [step for step in merges.get(at, ()) if step[0] > run]
        if not later:
            return None
        run, at = max(later)
    return at
