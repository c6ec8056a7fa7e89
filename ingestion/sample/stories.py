"""Four cards whose points are worth a story: what they did is written by hand here, and what must come of it beside it.

    a sale in a file that comes late, after which the holder had been Silver for three days already
    a return that takes points which had been spent: a deficit, which later points pay
    a payment with points that is taken back after its lot has expired
    points that nobody bought: a bonus with a day of its own, a referral, corrections by hand

Belongs here: these cards, and their truth under the delivered programme. Does not belong here: what everybody else
does, which is drawn. Prices hold 24 % of tax, so that 124.00 EUR bring 100 points. Dates move with the end of the
period; the truth is told for the delivered end alone, since rules have dates of their own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, NamedTuple

DELIVERED_END: Final = dt.date(2026, 10, 31)
FIRST_PERSON: Final = 9_000_000_001
FIRST_NUMBER: Final = 900_000_001
GREECE: Final = 0
_HERAKLION: Final = 4
"""Its drop of 29 September comes three days late (`tills.EXPORT`)."""


class Holder(NamedTuple):
    """Whose card it is; no e-mail and no phone, and a name that nobody else has."""

    first_name: str
    last_name: str
    birth_date: str
    gender: str
    joined: str


class Sale(NamedTuple):
    """A receipt with one line. `paid_points` are spent on it, 5 cents each."""

    date: str
    cents: int
    store: int = 0
    paid_points: int = 0


class Return(NamedTuple):
    """All of a sale (by its place in the story) comes back."""

    date: str
    sale: int


class Event(NamedTuple):
    """A row of `loyalty_events`; a reversal takes back the payment of a sale (by its place in the story)."""

    date: str
    kind: str
    points: int
    reason: str
    expires_on: str | None = None
    sale: int | None = None


class Movement(NamedTuple):
    """A row that the ledger must have."""

    date: str
    movement_type: str
    points: int


@dataclass(frozen=True)
class Story:
    """What a holder did, and what must come of it; `tier_since` and the balances are those of the last day."""

    code: str
    holder: Holder
    sales: tuple[Sale, ...]
    movements: tuple[Movement, ...]
    tier_code: str
    tier_since: str
    points_deficit: int = 0
    returns: tuple[Return, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def points_balance(self) -> int:
        """The sum of the ledger."""
        return sum(movement.points for movement in self.movements)


STORIES: Final = (
    Story(
        "late_file",
        Holder("ΑΛΚΗΣΤΙΣ", "ΘΑΛΑΣΣΙΝΟΥ", "1979-02-11", "F", "2025-05-06"),
        (Sale("2026-03-10", 18_600), Sale("2026-09-29", 14_880, _HERAKLION), Sale("2026-10-01", 1_240)),
        # 150 + 120 EUR reach Silver, which begins at 250, on the day of the second sale.
        (Movement("2026-03-10", "earn", 150), Movement("2026-09-29", "earn", 120), Movement("2026-10-01", "earn", 10)),
        "silver",
        "2026-09-29",
    ),
    Story(
        "deficit",
        Holder("ΜΕΝΕΛΑΟΣ", "ΞΥΛΟΠΟΔΑΡΟΣ", "1964-07-30", "M", "2025-06-17"),
        (Sale("2026-01-20", 37_200), Sale("2026-04-15", 4_960, paid_points=250), Sale("2026-07-01", 12_400)),
        # 300 points earned, 250 of them spent; the return takes 300, for which 50 are left. 250 points pay 12.50 of
        # 49.60: 40.00 * 37.10 / 49.60 = 29.9194. The deficit of 250 is paid by 29 on 15 May and by 100 on 31 July.
        (
            Movement("2026-01-20", "earn", 300),
            Movement("2026-04-15", "earn", 29),
            Movement("2026-04-15", "redeem", -250),
            Movement("2026-05-05", "clawback", -300),
            Movement("2026-07-01", "earn", 100),
        ),
        # A refund can take a tier at the end of its term only.
        "silver",
        "2026-01-20",
        points_deficit=121,
        returns=(Return("2026-05-05", 0),),
    ),
    Story(
        "late_reversal",
        Holder("ΕΡΩΦΙΛΗ", "ΣΠΑΘΑΡΗ", "1991-11-04", "F", "2024-08-15"),
        (Sale("2025-06-10", 24_800), Sale("2026-05-20", 6_200, paid_points=150)),
        # 200 points live to 30 June 2026. 150 are spent before and come back after: they expire at once.
        # 150 points pay 7.50 of 62.00: 50.00 * 54.50 / 62.00 = 43.9516.
        (
            Movement("2025-06-10", "earn", 200),
            Movement("2026-05-20", "earn", 43),
            Movement("2026-05-20", "redeem", -150),
            Movement("2026-07-01", "expire", -50),
            Movement("2026-07-15", "expire", -150),
            Movement("2026-07-15", "redeem_reversal", 150),
        ),
        "member",
        "2024-08-15",
        events=(Event("2026-07-15", "redeem_reversal", 150, "charged twice", sale=1),),
    ),
    Story(
        "by_hand",
        Holder("ΙΠΠΟΚΡΑΤΗΣ", "ΦΕΓΓΑΡΑΣ", "1986-05-19", "M", "2026-04-02"),
        (Sale("2026-04-10", 12_400),),
        # The correction takes what runs out first, the bonus: 20 of its 50 are left to expire.
        (
            Movement("2026-04-10", "earn", 100),
            Movement("2026-05-02", "adjust", 50),
            Movement("2026-06-01", "adjust", 25),
            Movement("2026-06-20", "adjust", -30),
            Movement("2026-09-01", "expire", -20),
            Movement("2026-10-05", "adjust", 10),
        ),
        "member",
        "2026-04-02",
        events=(
            Event("2026-05-02", "bonus", 50, "name day", expires_on="2026-08-31"),
            Event("2026-06-01", "referral", 25, "brought a friend"),
            Event("2026-06-20", "adjust", -30, "points given twice"),
            Event("2026-10-05", "adjust", 10, "waited at the till"),
        ),
    ),
)
