"""What points mean, played event by event for one member.

Belongs here: the meaning, written to be read, with no thought of speed. Does not belong here: tiers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.loyalty.programme import (
    FAR,
    History,
    Programme,
    Redemption,
    add_months,
    earning_base,
    earning_lines,
    losses_by_refund,
    period_end,
)


@dataclass
class Lot:
    key: str
    at: dt.datetime
    active_from: dt.datetime
    closes_at: dt.datetime
    earned: int
    open: int
    is_active: bool = False
    is_expired: bool = False
    clawed_back: int = 0
    expired: int = 0

    @property
    def spending_order(self) -> tuple[dt.datetime, dt.datetime, str]:
        return self.closes_at, self.at, self.key


@dataclass
class Movement:
    kind: str
    key: str
    points: int


@dataclass(frozen=True)
class Event:
    """Something that happens to an account; what happens at one instant is put in order by the rest."""

    at: dt.datetime
    instant_order: int
    order: tuple[dt.datetime, dt.datetime, str]
    action: Callable[[], None]


class Account:
    """The points of one member."""

    def __init__(self) -> None:
        self.lots: dict[str, Lot] = {}
        self.deficit = 0
        self.movements: list[Movement] = []

    def activate(self, lot: Lot) -> None:
        lot.is_active = True
        filled = min(lot.open, self.deficit)
        lot.open -= filled
        self.deficit -= filled

    def expire(self, lot: Lot) -> None:
        lot.is_expired = True
        lot.expired, lot.open = lot.open, 0
        self.move("expire", lot.key, -lot.expired)

    def spend(self, points: int) -> None:
        spendable = [lot for lot in self.lots.values() if lot.is_active and not lot.is_expired]
        for lot in sorted(spendable, key=lambda lot: lot.spending_order):
            taken = min(lot.open, points)
            lot.open -= taken
            points -= taken
        self.deficit += points

    def redeem(self, redemption: Redemption) -> None:
        self.move("redeem", redemption.key, -redemption.points)
        self.spend(redemption.points)

    def claw_back(self, lot: Lot, key: str, points: int) -> None:
        points = min(points, lot.earned - lot.clawed_back - lot.expired)
        lot.clawed_back += points
        self.move("clawback", key, -points)
        own = min(points, lot.open)
        lot.open -= own
        self.spend(points - own)

    def move(self, kind: str, key: str, points: int) -> None:
        if points:
            self.movements.append(Movement(kind, key, points))


def play_points(programme: Programme, history: History) -> Account:
    """Play every event up to the end of the as-of date; at one instant expiry, activation, debits."""
    account = Account()
    events: list[Event] = []
    for line, version, date in earning_lines(programme, history):
        points = version.whole_points(earning_base(line, version))
        if not points:
            continue
        active = date + dt.timedelta(days=version.pending_days)
        active_from = programme.day_start(active) if version.pending_days else line.at
        closes_at = FAR
        if version.expiry_months is not None:
            last_day = period_end(add_months(date, version.expiry_months), version.expiry_rounding)
            closes_at = programme.day_start(last_day + dt.timedelta(days=1))
        lot = Lot(line.key, line.at, active_from, closes_at, points, points)
        account.lots[line.key] = lot
        account.move("earn", line.key, points)
        events.append(Event(closes_at, 0, lot.spending_order, partial(account.expire, lot)))
        events.append(Event(active_from, 1, lot.spending_order, partial(account.activate, lot)))
        for refund, _, lost in losses_by_refund(line, version):
            order = (FAR, FAR, f"clawback {refund.key}")
            events.append(Event(refund.at, 2, order, partial(account.claw_back, lot, refund.key, lost)))
    for redemption in history.redemptions:
        order = (FAR, FAR, f"redeem {redemption.key}")
        events.append(Event(redemption.at, 2, order, partial(account.redeem, redemption)))
    for event in sorted(events, key=lambda event: (event.at, event.instant_order, event.order)):
        if event.at < programme.now:
            event.action()
    return account
