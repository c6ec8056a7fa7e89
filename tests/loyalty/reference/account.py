"""The points of one member in time: lots, spending, deficits, reversals (chapter 4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from tests.loyalty.reference.arithmetic import NEVER
from tests.loyalty.reference.membership import Member


@dataclass(frozen=True)
class Movement:
    """A row of the ledger (chapter 5)."""

    movement_id: str
    movement_type: str
    points: int
    at: dt.datetime
    lot_id: str | None = None
    base: Decimal | None = None
    """Base that was earned on, or that a refund took; None without one."""


@dataclass
class Lot:
    """Points that were given together, and what became of them."""

    lot_id: str
    lot_type: str
    rule_version: str
    occurred_at: dt.datetime
    active_from: dt.datetime
    expires_at: dt.datetime
    earned: int
    points_per_unit: Decimal | None = None
    base: Decimal | None = None
    remaining: int = 0
    clawed_back: int = 0
    expired: int = 0
    spent: int = 0
    """Taken by debits less given back; what a clawback took of its own lot is not spent."""
    is_active: bool = False
    is_expired: bool = False

    def __post_init__(self) -> None:
        self.remaining = self.earned

    @property
    def spending_order(self) -> tuple[dt.datetime, dt.datetime, str]:
        """By expiry (none last), then age, then id (4.3)."""
        return self.expires_at, self.occurred_at, self.lot_id


@dataclass
class Redemption:
    """What a redemption took, and what of it has not been given back."""

    taken: list[tuple[Lot, int]]
    unpaid: int


@dataclass
class Account:
    """Lots and deficit of one member while events are played."""

    member: Member
    lots: dict[str, Lot] = field(default_factory=dict)
    deficit: int = 0
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """Return the sum of the ledger."""
        return sum(movement.points for movement in self.movements)

    def move(
        self,
        movement_type: str,
        key: str,
        points: int,
        at: dt.datetime,
        lot: Lot | None = None,
        base: Decimal | None = None,
    ) -> None:
        """Write a row of the ledger; none has 0 points."""
        if points:
            lot_id = lot.lot_id if lot else None
            self.movements.append(Movement(f"{movement_type}:{key}", movement_type, points, at, lot_id, base))

    def begin(self, lot: Lot) -> None:
        """Give the points of a lot, which cannot be spent before it becomes active."""
        self.lots[lot.lot_id] = lot
        self.move(
            "earn" if lot.lot_type == "earn" else "adjust", lot.lot_id, lot.earned, lot.occurred_at, lot, lot.base
        )

    def activate(self, lot: Lot) -> None:
        """Let points be spent; a deficit is paid first."""
        lot.is_active = True
        self.pay_deficit()

    def expire(self, lot: Lot) -> None:
        """Close what is left of a lot."""
        lot.is_expired = True
        self._write_off(lot, lot.expires_at, lot.lot_id)

    def claw_back(self, lot: Lot, key: str, base: Decimal, points: int, at: dt.datetime) -> None:
        """Take back points of a lot: first what it still holds, then from others (4.5, step 3)."""
        points = min(points, max(lot.earned - lot.clawed_back - lot.expired, 0))
        lot.clawed_back += points
        self.move("clawback", key, -points, at, lot, -base)
        own = min(points, lot.remaining)
        lot.remaining -= own
        self.spend(points - own)

    def adjust_down(self, key: str, points: int, at: dt.datetime) -> None:
        """Take points by an adjustment."""
        self.move("adjust", key, -points, at)
        self.spend(points)

    def redeem(self, key: str, points: int, at: dt.datetime) -> None:
        """Pay with points."""
        self.move("redeem", key, -points, at)
        self.redemptions[key] = self.spend(points)

    def spend(self, points: int) -> Redemption:
        """Take points in spending order; what lots cannot pay becomes a deficit (4.3)."""
        taken = []
        for lot in self._spendable():
            part = min(lot.remaining, points)
            lot.remaining -= part
            lot.spent += part
            points -= part
            taken.append((lot, part))
        self.deficit += points
        return Redemption(taken, points)

    def give_back(self, key: str, redemption_key: str, points: int, at: dt.datetime) -> int:
        """Reverse points of a redemption (4.7); return what has to become a lot of its own."""
        redemption = self.redemptions.get(redemption_key)
        if redemption is None:
            return 0
        points = min(points, redemption.unpaid + sum(part for _, part in redemption.taken))
        self.move("redeem_reversal", key, points, at)
        of_unpaid = min(points, redemption.unpaid)
        redemption.unpaid -= of_unpaid
        points -= of_unpaid
        lowered = min(of_unpaid, self.deficit)
        self.deficit -= lowered
        for place in reversed(range(len(redemption.taken))):
            lot, part = redemption.taken[place]
            returned = min(part, points)
            points -= returned
            redemption.taken[place] = (lot, part - returned)
            lot.spent -= returned
            lot.remaining += returned
            if lot.is_expired:
                self._write_off(lot, at, f"{lot.lot_id}:{key}")
        return of_unpaid - lowered

    def pay_deficit(self) -> None:
        """Let points that can be spent pay what is left of the deficit."""
        for lot in self._spendable():
            part = min(lot.remaining, self.deficit)
            lot.remaining -= part
            lot.spent += part
            self.deficit -= part

    def _spendable(self) -> list[Lot]:
        found = [lot for lot in self.lots.values() if lot.is_active and not lot.is_expired]
        return sorted(found, key=lambda lot: lot.spending_order)

    def _write_off(self, lot: Lot, at: dt.datetime, key: str) -> None:
        left, lot.remaining = lot.remaining, 0
        lot.expired += left
        self.move("expire", key, -left, at, lot)


def is_pending(lot: Lot) -> bool:
    """Say whether a lot still waits for its first day."""
    return not lot.is_active and not lot.is_expired


def status(lot: Lot) -> str:
    """Return the status of a lot (chapter 7)."""
    if lot.remaining:
        return "active" if lot.is_active else "pending"
    return "expired" if lot.is_expired else "used"


def last_instant(lot: Lot) -> dt.datetime | None:
    """Return when a lot expires; None for never."""
    return None if lot.expires_at == NEVER else lot.expires_at
