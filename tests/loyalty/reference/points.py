"""Plays what happens to the points of one member, instant by instant (4.2, and what each thing does)."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import count

from tests.loyalty.history import Event, Payment, World
from tests.loyalty.reference.account import Account, Lot
from tests.loyalty.reference.arithmetic import DAY, NEVER, add_months, business_date, day_start, half_up, period_end
from tests.loyalty.reference.earning import EarningLine, points_by_line, taken_by_refunds
from tests.loyalty.reference.membership import Member
from tests.loyalty.rules import Rulebook, Version

EXPIRE, BEGIN, ACTIVATE, CLAWBACK, ADJUST, REDEEM, REVERSE = range(1, 8)
Place = tuple[dt.datetime, dt.datetime, str]
"""Order inside of one step: spending order for lots, the id for everything else."""


class PointsPlay:
    """The points of one member up to the night. `rates` are the points per unit of each line, tier included."""

    def __init__(
        self,
        world: World,
        member: Member,
        lines: list[EarningLine],
        rates: dict[str, Decimal],
        events: list[tuple[Event, Version]],
        payments: list[tuple[Payment, int]],
        reversals: list[tuple[Event, Version]],
    ) -> None:
        self.world = world
        self.member = member
        self.lines = lines
        self.rates = rates
        self.points = points_by_line(lines, rates)
        self.credits = [(event, version) for event, version in events if _is_credit(event)]
        self.debits = [event for event, _ in events if event.event_type == "adjust" and event.points < 0]
        self.reversals = reversals
        self.payments = [(payment, points) for payment, points in payments if points]

    def play(self) -> Account:
        """Play until all activity is known, which keeps lots alive: what a reversal gives back is found by playing."""
        activity = {line.date for line in self.lines if self.points[line.key] > 0}
        activity |= {self._date(event.at) for event, _ in self.credits}
        activity |= {self._date(payment.at) for payment, _ in self.payments}
        while True:
            account = _Run(self, sorted(activity)).account
            reversed_ = (move for move in account.movements if move.movement_type == "redeem_reversal")
            known = activity | {self._date(movement.at) for movement in reversed_}
            if known == activity:
                return account
            activity = known

    def _date(self, at: dt.datetime) -> dt.date:
        return business_date(at, self.world.zone)


class _Run:
    """One play with a given set of dates of activity."""

    def __init__(self, play: PointsPlay, activity: list[dt.date]) -> None:
        self.play = play
        self.zone = play.world.zone
        self.activity = activity
        self.account = Account(play.member)
        self.queue: list[tuple[dt.datetime, int, Place, int, Callable[[], None]]] = []
        self.number = count()
        self._schedule_lots()
        self._schedule_debits()
        end = day_start(play.world.as_of + DAY, self.zone)
        while self.queue and self.queue[0][0] < end:
            heapq.heappop(self.queue)[-1]()

    def _at(self, at: dt.datetime, step: int, place: Place | str, action: Callable[[], None]) -> None:
        if isinstance(place, str):
            place = (NEVER, NEVER, place)
        heapq.heappush(self.queue, (at, step, place, next(self.number), action))

    def _schedule_lots(self) -> None:
        for line in self.play.lines:
            if self.play.points[line.key] > 0:
                self._schedule_earned(line)
        for event, version in self.play.credits:
            self._schedule_lot(self._event_lot(event, version, event.event_type, event.points, event.at))

    def _schedule_earned(self, line: EarningLine) -> None:
        active_from = line.order.at
        if line.version.pending_days:
            active_from = day_start(line.date + dt.timedelta(days=line.version.pending_days), self.zone)
        rate = self.play.rates[line.key]
        points = self.play.points[line.key]
        lot = Lot(
            line.key, "earn", line.version.rule_version, line.order.at, active_from,
            self._expires_at(line.date, line.version), points, rate, line.base,
        )  # fmt: skip
        self._schedule_lot(lot)
        for refund, base, taken in taken_by_refunds(line, points, rate):
            claw_back = _call(self.account.claw_back, lot, refund.refund_line_key, base, taken, refund.at)
            self._at(refund.at, CLAWBACK, refund.refund_line_key, claw_back)

    def _event_lot(self, event: Event, version: Version, lot_type: str, points: int, at: dt.datetime) -> Lot:
        date = business_date(at, self.zone)
        expires_at = self._expires_at(date, version)
        if event.expires_on is not None:
            expires_at = day_start(max(event.expires_on, date) + DAY, self.zone)
        return Lot(event.event_key, lot_type, version.rule_version, at, at, expires_at, points)

    def _schedule_lot(self, lot: Lot) -> None:
        self._at(lot.occurred_at, BEGIN, lot.lot_id, _call(self.account.begin, lot))
        self._at(lot.active_from, ACTIVATE, lot.spending_order, _call(self.account.activate, lot))
        if lot.expires_at != NEVER:
            self._at(lot.expires_at, EXPIRE, lot.spending_order, _call(self.account.expire, lot))

    def _schedule_debits(self) -> None:
        for event in self.play.debits:
            action = _call(self.account.adjust_down, event.event_key, -event.points, event.at)
            self._at(event.at, ADJUST, event.event_key, action)
        paid_at = {}
        for payment, points in self.play.payments:
            paid_at[payment.payment_key] = payment.at
            action = _call(self.account.redeem, payment.payment_key, points, payment.at)
            self._at(payment.at, REDEEM, payment.payment_key, action)
        for event, version in self.play.reversals:
            if event.payment_key in paid_at:
                at = max(event.at, paid_at[event.payment_key])
                self._at(at, REVERSE, event.event_key, _call(self._reverse, event, version, at))

    def _reverse(self, event: Event, version: Version, at: dt.datetime) -> None:
        """Give points of a redemption back (4.7)."""
        assert event.payment_key is not None
        rest = self.account.give_back(event.event_key, event.payment_key, event.points, at)
        if rest:
            lot = self._event_lot(event, version, "redeem_reversal", rest, at)
            lot.is_active = True
            self.account.lots[lot.lot_id] = lot
            if lot.expires_at != NEVER:
                self._at(lot.expires_at, EXPIRE, lot.spending_order, _call(self.account.expire, lot))
        self.account.pay_deficit()

    def _expires_at(self, date: dt.date, version: Version) -> dt.datetime:
        """Return the start of the day after the last day of a lot (4.1)."""
        if version.expiry_mode == "never":
            return NEVER
        last_day = self._limit(date, version)
        if version.expiry_mode == "inactivity":
            for active_on in self.activity:
                if date < active_on <= last_day:
                    last_day = max(last_day, self._limit(active_on, version))
        return day_start(last_day + DAY, self.zone)

    def _limit(self, date: dt.date, version: Version) -> dt.date:
        return period_end(add_months(date, version.expiry_months or 0), version.expiry_rounding)


def _call(action: Callable[..., object], *values: object) -> Callable[[], None]:
    """Bind the values of now to an action of later."""

    def run() -> None:
        action(*values)

    return run


def _is_credit(event: Event) -> bool:
    return event.points > 0 and event.event_type in ("adjust", "bonus", "referral")


def redeemed_points(world: World, rulebook: Rulebook, programme: str, payment: Payment, rate: Decimal) -> int:
    """Return the points of a payment: as the source says, or, when it says none, from its money (4.4)."""
    if payment.points:
        return payment.points
    version = rulebook.version(programme, business_date(payment.at, world.zone)) or rulebook.programmes[programme][0]
    reporting = half_up(Fraction(payment.amount) * Fraction(rate))
    return int(half_up(Fraction(reporting) / Fraction(version.point_value), 0))
