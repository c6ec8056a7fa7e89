"""The points engine that the sample's Greek stores had before the programme changed, with the faults of such engines.

It keeps the books of holders of one card who have no account in the e-shop: one point per net euro and line, 30 days
pending, expiry at the end of the twelfth month, first to expire first spent. Faults are planted, and told to the truth.

Belongs here: what the engine booked. Does not belong here: the export's columns (`bonus`), and how the warehouse
reckons points, with which this shares nothing.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

import numpy as np

from ingestion.sample.baskets import Baskets
from ingestion.sample.draws import Draws, Ints
from ingestion.sample.outcomes import NORMAL, Outcomes
from ingestion.sample.people import CARD, People
from ingestion.sample.period import Period
from ingestion.sample.tender import METHODS, Payments
from ingestion.sample.visits import Visits

LAST_DAY: Final = dt.date(2026, 2, 28)
_GREECE: Final = 0
_MONTHS: Final = 12
# A fault is planted where what it leaves is still there on the last day: its points have not expired since.
_FRESH_DAYS: Final = 330
_TEN_THOUSANDTH: Final = Decimal("0.0001")
# Out of 60 movements, which ones go wrong, and how.
_FAULTS: Final = {
    "earn": ("missing_earn", "double_sync", "unexplained"),
    "redeem": ("double_sync",) * 6,
    "expire": ("never_expired_lots",) * 3,
    "clawback": ("refund_kept_points",) * 12 + ("wrong_rate_clawback",) * 12 + ("double_sync",) * 12,
}
_LUCK: Final = 60


class Movement(NamedTuple):
    """One booking. `at` is in seconds UTC; `visit` is the position of the sale that it belongs to."""

    person: int
    kind: str
    visit: int
    at: int
    points: int
    copy: int = 0
    cause: str = ""
    """The fault, where this booking is one or stands for one that is missing."""
    difference: int = 0
    """Points by which the engine's balance is off through the fault."""


@dataclass
class _Lot:
    visit: int
    at: int
    expires_at: int
    base: Decimal
    goods: int
    points: int
    """Points of the line by its rate and what was kept of it."""
    left: int
    refunded: int = 0


@dataclass
class Books:
    """What the engine knows: bookings as exported, and balances by person; `faults` is for the truth."""

    movements: list[Movement] = field(default_factory=list)
    balances: dict[int, int] = field(default_factory=dict)
    faults: list[Movement] = field(default_factory=list)


def keep_books(
    draws: Draws, period: Period, people: People, visits: Visits, baskets: Baskets, outcomes: Outcomes, paid: Payments
) -> Books:
    """Return the engine's books of a chunk on its last day."""
    day = min((LAST_DAY - period.first_date).days, (period.end_date - period.first_date).days)
    end = int(period.instant(np.array([day + 1]), np.array([0]))[0])
    events = _events(period, people, visits, baskets, outcomes, paid, end)
    books = Books()
    for person in sorted(events):
        true = _Account(period, person, end).play(events[person])
        booked = _with_faults(draws, period, visits, true, day)
        books.movements += [movement for movement in booked if movement.points and not _is_lost(movement)]
        books.faults += [movement for movement in booked if movement.cause]
        books.balances[person] = sum(m.points for m in booked if not _is_lost(m))
    return books


def _is_lost(movement: Movement) -> bool:
    return movement.cause in {"missing_earn", "refund_kept_points", "never_expired_lots"}


_Events = dict[int, list[tuple[int, int, str, tuple[int, ...]]]]


def _events(
    period: Period, people: People, visits: Visits, baskets: Baskets, outcomes: Outcomes, paid: Payments, end: int
) -> _Events:
    """Return (instant, step, kind, values) by person: sales line by line, payments with points, returns."""
    holder = (people.way == CARD) & (people.cards == 1) & (people.country == _GREECE)
    known = (visits.person >= 0) & (visits.store >= 0) & (visits.card >= 0) & (outcomes.fate == NORMAL)
    known &= holder[visits.person] & (visits.at < end)
    events: _Events = defaultdict(list)
    spent = _spent(paid, len(visits))
    for visit in np.flatnonzero(known).tolist():
        person, at = int(visits.person[visit]), int(visits.at[visit])
        if not baskets.is_gift_card[visit]:
            for line, values in _lines(baskets, visit, spent[visit][1]):
                events[person].append((at, 1, "sale", (visit, line, *values)))
        if spent[visit][0]:
            events[person].append((at, 3, "payment", (visit, spent[visit][0])))
    refunds = outcomes.refunds
    till = (refunds.store >= 0) & refunds.names_sale & known[refunds.order] & (refunds.at < end)
    for row in np.flatnonzero(till).tolist():
        visit = int(refunds.order[row])
        values = (visit, int(refunds.line[row]), int(refunds.amount[row]))
        events[int(visits.person[visit])].append((int(refunds.at[row]), 2, "return", values))
    return events


def _spent(paid: Payments, count: int) -> dict[int, tuple[int, int]]:
    spent: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in np.flatnonzero(paid.method == METHODS.index("points")).tolist():
        spent[int(paid.order[row])] = (int(paid.points[row]), int(paid.amount[row]))
    return spent


def _lines(baskets: Baskets, visit: int, by_points: int) -> list[tuple[int, tuple[int, int, int]]]:
    """Return (line, (goods, tax, paid by points)) in cents, what belongs to the whole sale spread over its lines."""
    first, count = int(baskets.first_line[visit]), int(baskets.line_count[visit])
    rows = range(first, first + count)
    lines = baskets.lines
    before = [int(lines.gross[row] - lines.discount[row]) for row in rows]
    discounts = spread(int(baskets.order_discount[visit]), before)
    goods = [amount - discount for amount, discount in zip(before, discounts, strict=True)]
    points = spread(min(by_points, sum(goods)), goods)
    return [(row, (goods[k], int(lines.tax[row]), points[k])) for k, row in enumerate(rows)]


def spread(amount: int, weights: list[int]) -> list[int]:
    """Spread an amount by largest remainder; ties go to the first."""
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda k: (-(amount * weights[k] % total), k))
    for k in by_remainder[: amount - sum(shares)]:
        shares[k] += 1
    return shares


class _Account:
    """One card, event after event."""

    def __init__(self, period: Period, person: int, end: int) -> None:
        self._period, self._person, self._end = period, person, end
        self._lots: dict[int, _Lot] = {}
        self._booked: dict[tuple[str, int, int], int] = defaultdict(int)

    def play(self, events: list[tuple[int, int, str, tuple[int, ...]]]) -> list[Movement]:
        """Return the bookings that are right, one per kind, sale and instant."""
        for at, _, kind, values in sorted(events):
            self._expire(at)
            if kind == "sale":
                self._earn(at, *values)
            elif kind == "payment":
                self._book("redeem", values[0], at, -values[1])
                self._take(values[1], at)
            else:
                self._claw_back(at, *values)
        self._expire(self._end - 1)
        return [
            Movement(self._person, kind, visit, at, points)
            for (kind, visit, at), points in sorted(self._booked.items(), key=lambda item: (item[0][2], item[0]))
            if points
        ]

    def _book(self, kind: str, visit: int, at: int, points: int) -> None:
        self._booked[kind, visit, at] += points

    def _earn(self, at: int, visit: int, line: int, goods: int, tax: int, by_points: int) -> None:
        if goods <= 0:
            return
        base = _cents(goods - tax) * max(goods - by_points, 0) / goods
        base = base.quantize(_TEN_THOUSANDTH, ROUND_HALF_UP)
        points = int(base.to_integral_value(ROUND_DOWN))
        self._lots[line] = _Lot(visit, at, self._expiry(at), base, goods, points, points)
        self._book("earn", visit, at, points)

    def _claw_back(self, at: int, visit: int, line: int, amount: int) -> None:
        lot = self._lots.get(line)
        if lot is None:
            return
        lot.refunded += amount
        kept = Decimal(0)
        if lot.refunded < lot.goods:
            kept = (lot.base * (lot.goods - lot.refunded) / lot.goods).quantize(_TEN_THOUSANDTH, ROUND_HALF_UP)
        taken = lot.points - int(kept.to_integral_value(ROUND_DOWN))
        lot.points -= taken
        self._book("clawback", visit, at, -taken)
        own = min(taken, lot.left)
        lot.left -= own
        self._take(taken - own, at)

    def _take(self, points: int, at: int) -> None:
        for lot in sorted(self._lots.values(), key=lambda lot: (lot.expires_at, lot.at)):
            if lot.expires_at > at and points:
                taken = min(points, lot.left)
                lot.left -= taken
                points -= taken

    def _expire(self, at: int) -> None:
        for lot in self._lots.values():
            if lot.left and lot.expires_at <= at:
                self._book("expire", lot.visit, lot.expires_at, -lot.left)
                lot.left = 0

    def _expiry(self, at: int) -> int:
        date = self._period.date(int(self._period.day_of(np.array([at]))[0]))
        year, month = divmod(date.month - 1 + _MONTHS, 12)
        last = dt.date(date.year + year, month + 1, calendar.monthrange(date.year + year, month + 1)[1])
        after = (last - self._period.first_date).days + 1
        return int(self._period.instant(np.array([after]), np.array([0]))[0])


def _cents(amount: int) -> Decimal:
    return Decimal(amount) / 100


def _with_faults(draws: Draws, period: Period, visits: Visits, true: list[Movement], last: int) -> list[Movement]:
    """Return the bookings with faults planted; one that is lost stays, marked with its cause."""
    if not true:
        return []
    ids = np.array([int(visits.number[m.visit]) * 4096 + k for k, m in enumerate(true)], dtype=np.int64)
    luck = draws.below("engine fault", ids, _LUCK).tolist()
    days: Ints = period.day_of(np.array([int(visits.at[m.visit]) for m in true], dtype=np.int64))
    booked: list[Movement] = []
    spoilt: set[int] = set()
    for movement, draw, day in zip(true, luck, days.tolist(), strict=True):
        faults = _FAULTS[movement.kind]
        fresh = day > last - _FRESH_DAYS or movement.kind == "expire"
        if not fresh or draw >= len(faults) or movement.visit in spoilt:
            booked.append(movement)
            continue
        spoilt.add(movement.visit)
        booked += _spoil(movement, faults[draw])
    return booked


def _spoil(movement: Movement, cause: str) -> list[Movement]:
    points = movement.points
    if cause == "double_sync":
        return [movement, _marked(movement, points, cause, points)]
    if cause == "wrong_rate_clawback":
        wrong = points // 2 if points < -1 else points * 2
        return [_marked(movement, wrong, cause, wrong - points, copy=0)]
    if cause == "unexplained":
        gift = Movement(movement.person, "adjust", movement.visit, movement.at + 60, 25)
        return [movement, _marked(gift, 25, cause, 25, copy=0)]
    return [_marked(movement, points, cause, -points, copy=0)]


def _marked(movement: Movement, points: int, cause: str, difference: int, copy: int = 1) -> Movement:
    return movement._replace(points=points, cause=cause, difference=difference, copy=copy)
