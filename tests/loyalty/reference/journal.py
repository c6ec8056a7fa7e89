"""The ledger as nights came to know it (chapter 5, two clocks)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tests.loyalty.history import World
from tests.loyalty.reference.arithmetic import business_date
from tests.loyalty.reference.membership import Member
from tests.loyalty.reference.play import play


@dataclass(frozen=True, order=True)
class Posting:
    """What a night appended for a movement of a member. `is_new` says that no night had posted it before."""

    posted_date: dt.date
    movement_id: str
    member: Member
    points: int
    movement_date: dt.date
    is_new: bool


def journal(nights: Sequence[World]) -> list[Posting]:
    """Return what every night appends: what the rules give now, less what was posted before."""
    posted: dict[tuple[str, Member], list[Posting]] = {}
    for world in nights:
        now = {
            (movement.movement_id, member): (movement.points, business_date(movement.at, world.zone))
            for member, result in play(world).items()
            for movement in result.account.movements
        }
        for key in sorted({*posted, *now}):
            before = posted.get(key, [])
            points, date = now.get(key, (0, before[-1].movement_date if before else dt.date.min))
            difference = points - sum(posting.points for posting in before)
            if difference:
                posting = Posting(world.as_of, *key, difference, date, is_new=not before)
                posted.setdefault(key, []).append(posting)
    return sorted(posting for postings in posted.values() for posting in postings)
