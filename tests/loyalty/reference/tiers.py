"""What tiers mean, walked day by day for one member (chapter 6)."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, replace
from decimal import Decimal

from tests.loyalty.history import Event, World
from tests.loyalty.reference.arithmetic import DAY, add_months, anniversary_after, business_date
from tests.loyalty.reference.earning import EarningLine, points_by_line, taken_by_refunds
from tests.loyalty.reference.membership import Member
from tests.loyalty.rules import Rulebook, Version

FAR = dt.date(9999, 12, 31)
YEARLY = ("calendar_year", "membership_year")


@dataclass(frozen=True)
class Amounts:
    """The same purchase in every basis."""

    points: Decimal
    net_spend: Decimal
    orders: Decimal

    def of(self, basis: str) -> Decimal:
        """Return the amount in a basis."""
        return {"points": self.points, "net_spend": self.net_spend, "orders": self.orders}[basis]


@dataclass(frozen=True)
class Counted:
    """Something that counts from a date, and what refunds take off, each from a date on (6.1)."""

    counted_from: dt.date
    amounts: Amounts
    refunds: tuple[tuple[dt.date, Amounts], ...] = ()

    def taken(self, basis: str, before: dt.date) -> Decimal:
        """Return what refunds took off before a date."""
        return sum((taken.of(basis) for date, taken in self.refunds if date < before), Decimal(0))


@dataclass(frozen=True)
class Interval:
    """A tier that is held from `valid_from` until the next interval begins."""

    valid_from: dt.date
    rank: int
    reason: str
    version: Version
    qualifying_amount: Decimal
    term_end: dt.date | None
    valid_to: dt.date | None = None


def counted_of(world: World, lines: list[EarningLine], events: list[tuple[Event, Version]]) -> list[Counted]:
    """Return what counts of one member (6.1)."""
    rates = {line.key: line.qualifying_rate for line in lines}
    points = points_by_line(lines, rates)
    counted = [
        _count_line(world, line, _siblings(line, lines), points[line.key])
        for line in sorted(lines, key=lambda line: line.key)
    ]
    for event, _ in events:
        if event.counts_for_tier:
            amounts = Amounts(Decimal(event.points), Decimal(0), Decimal(0))
            counted.append(Counted(business_date(event.at, world.zone), amounts))
    return counted


def _siblings(line: EarningLine, lines: list[EarningLine]) -> list[EarningLine]:
    return sorted(
        (other for other in lines if other.order.order_key == line.order.order_key), key=lambda other: other.key
    )


def _count_line(world: World, line: EarningLine, siblings: list[EarningLine], points: int) -> Counted:
    pending = 0 if line.version.tier_counts_pending else line.version.pending_days
    counted_from = line.date + dt.timedelta(days=pending)
    is_first = siblings[0].key == line.key
    taken = []
    for refund, base, taken_points in taken_by_refunds(line, points, line.qualifying_rate):
        date = max(business_date(refund.at, world.zone), counted_from)
        taken.append((date, Amounts(Decimal(taken_points), base, Decimal(0))))
    emptied_on = _emptied_on(world, siblings) if is_first else None
    if emptied_on:
        taken.append((max(emptied_on, counted_from), Amounts(Decimal(0), Decimal(0), Decimal(1))))
    amounts = Amounts(Decimal(points), line.base, Decimal(is_first))
    return Counted(counted_from, amounts, tuple(taken))


def _emptied_on(world: World, siblings: list[EarningLine]) -> dt.date | None:
    """Return the date of the refund that takes the last base of an order, when one does."""
    steps = sorted(
        (refund.at, refund.refund_line_key, base)
        for line in siblings
        for refund, base, _ in taken_by_refunds(line, 0, Decimal(0))
    )
    left = sum((line.base for line in siblings), Decimal(0))
    for at, _, base in steps:
        if base and left == base:
            return business_date(at, world.zone)
        left -= base
    return None


class TierWalk:
    """The tiers of one member, day by day up to the night."""

    def __init__(self, rulebook: Rulebook, member: Member, since: dt.date, counted: list[Counted]) -> None:
        self.rulebook = rulebook
        self.programme = member[0]
        self.since = since
        self.counted = counted
        self._changes = self._days_of_change()
        self._amounts: dict[dt.date, Decimal] = {}

    def version(self, date: dt.date) -> Version:
        """Return the version in force, which there is from the walk's first day on."""
        version = self.rulebook.version(self.programme, date)
        assert version is not None
        return version

    def amount(self, date: dt.date) -> Decimal:
        """Return what counts on a day, in the basis of the version of that day (6.2)."""
        changed = self._changes[bisect_right(self._changes, date) - 1]
        if changed not in self._amounts:
            self._amounts[changed] = self._sum(changed)
        return self._amounts[changed]

    def _days_of_change(self) -> list[dt.date]:
        """Return the days between which no amount changes, so that a day need not be summed again."""
        versions = self.rulebook.programmes[self.programme]
        days = {version.valid_from for version in versions}
        for item in self.counted:
            days.add(item.counted_from)
            days.update(date for date, _ in item.refunds)
            days.update(self._leaves(item.counted_from, version) for version in versions)
        return sorted(days)

    def _sum(self, date: dt.date) -> Decimal:
        version = self.version(date)
        return sum(
            (
                item.amounts.of(version.tier_basis) - item.taken(version.tier_basis, date + DAY)
                for item in self._in_window(date)
            ),
            Decimal(0),
        )

    def _in_window(self, date: dt.date) -> list[Counted]:
        version = self.version(date)
        return [item for item in self.counted if item.counted_from <= date < self._leaves(item.counted_from, version)]

    def _leaves(self, counted_from: dt.date, version: Version) -> dt.date:
        length = version.tier_window_length or 0
        match version.tier_window:
            case "rolling_months":
                return add_months(counted_from, length)
            case "rolling_days":
                return counted_from + dt.timedelta(days=length)
            case "calendar_year":
                return dt.date(counted_from.year + 1, 1, 1)
            case "membership_year":
                return anniversary_after(counted_from, self.since)
            case _:
                return FAR

    def rank(self, date: dt.date) -> int:
        """Return the rank of a day: the highest tier that its amount enters."""
        return self.version(date).rank(self.amount(date))

    def term_end(self, date: dt.date, rank: int) -> dt.date | None:
        """Return the day on which a tier that begins on a date is judged (6.3)."""
        version = self.version(date)
        if rank == 0:
            return None
        match version.tier_term:
            case "months":
                return add_months(date, version.tier_term_months or 0)
            case "calendar_year":
                return dt.date(date.year + 2, 1, 1)
            case "membership_year":
                return anniversary_after(date, self.since, 2)
            case _:
                return None

    def intervals(self, as_of: dt.date) -> list[Interval]:
        """Walk from the first day of membership under the programme's rules to the night (6.4)."""
        day = max(self.since, self.rulebook.programmes[self.programme][0].valid_from)
        if day > as_of:
            return []
        walked = [self._begin(day, self.rank(day), "entry", self.amount(day))]
        while (following := self._following(walked, day)) and following.valid_from <= as_of:
            day = following.valid_from
            walked[-1] = replace(walked[-1], valid_to=day)
            walked.append(following)
        return walked

    def projected(self, walked: list[Interval]) -> Interval | None:
        """Return the interval that follows those up to the night when nothing more is bought, if any does."""
        return self._following(walked, walked[-1].valid_from)

    def _following(self, walked: list[Interval], day: dt.date) -> Interval | None:
        while (day := self._next_day(walked[-1], day)) < FAR:
            following = self._next(walked, day)
            if following:
                return following
        return None

    def _next_day(self, held: Interval, day: dt.date) -> dt.date:
        """Return the next day on which anything can happen: an amount changes, or the held tier is judged."""
        later = self._changes[bisect_right(self._changes, day) :][:1]
        if held.term_end is not None:
            later += [held.term_end, self._last_day(held.term_end)]
        return min((date for date in later if date > day), default=FAR)

    def _last_day(self, term_end: dt.date) -> dt.date:
        """Return the day until which a tier can still be kept after its term's end."""
        return term_end + dt.timedelta(days=self.version(term_end).tier_grace_days)

    def _begin(self, day: dt.date, rank: int, reason: str, amount: Decimal) -> Interval:
        return Interval(day, rank, reason, self.version(day), amount, self.term_end(day, rank))

    def _next(self, walked: list[Interval], day: dt.date) -> Interval | None:
        held, rank, version = walked[-1], self.rank(day), self.version(day)
        if rank > held.rank:
            return self._begin(day, rank, "upgrade", self.amount(day))
        if rank < held.rank and version.valid_from == day and version.tier_rule_change_policy == "re_evaluate":
            return self._begin(day, rank, "rule_change", self.amount(day))
        left = self._left_by_refunds(walked, day) if rank < held.rank else None
        if left is not None:
            return self._begin(day, rank, "refund", left)
        if held.term_end is None:
            return None
        judge = self.version(held.term_end)
        last_day = self._last_day(held.term_end)
        return self._judge(held, day, judge, last_day) if day in (held.term_end, last_day) else None

    def _judge(self, held: Interval, day: dt.date, judge: Version, last_day: dt.date) -> Interval | None:
        """Judge a tier on the day on which its term ends, or the grace after it (6.4, rule 4)."""
        assert held.term_end is not None
        amount = self._earned_in_term(held, day, judge)
        tier = judge.tier(held.rank)
        is_kept = (tier is not None and amount >= tier.maintain) or self.rank(day) >= held.rank
        if judge.tier_window in YEARLY and day == held.term_end:
            is_kept = is_kept or self.rank(day - DAY) >= held.rank
        if is_kept:
            return self._begin(day, held.rank, "renewal", amount)
        if day < last_day:
            return None
        lowest = 0
        if judge.tier_downgrade_policy == "one_step":
            lowest = min(held.rank - 1, judge.tiers[-1].rank)
        elif judge.tier_window in YEARLY:
            lowest = self.rank(held.term_end - DAY)
        return self._begin(day, max(self.rank(day), lowest), "downgrade", amount)

    def _earned_in_term(self, held: Interval, before: dt.date, judge: Version) -> Decimal:
        basis, refunds_weigh = judge.tier_basis, judge.tier_refund_policy != "none"
        return sum(
            (
                item.amounts.of(basis) - (item.taken(basis, before) if refunds_weigh else 0)
                for item in self.counted
                if held.valid_from <= item.counted_from < before
            ),
            Decimal(0),
        )

    def amount_to_next(self, held: Interval, as_of: dt.date) -> Decimal | None:
        """Return what is missing to rise by one, None at the top of the version of the day (6.8)."""
        above = self.version(as_of).tier(held.rank + 1)
        return above.entry - self.amount(as_of) if above else None

    def amount_to_keep(self, walked: list[Interval], as_of: dt.date) -> Decimal | None:
        """Return what is missing to keep the held tier when it is judged next, None when nothing can (6.8)."""
        held = walked[-1]
        if held.term_end is None:
            return None
        judge = self.version(held.term_end)
        day = held.term_end if held.term_end > as_of else self._last_day(held.term_end)
        following, tier = self.projected(walked), judge.tier(held.rank)
        if following and following.reason == "renewal":
            return Decimal(0)
        return max(tier.maintain - self._earned_in_term(held, day, judge), Decimal(0)) if tier else None

    def _left_by_refunds(self, walked: list[Interval], day: dt.date) -> Decimal | None:
        """Return what refunds left of what began the held interval, when they take it away today (6.5)."""
        held = walked[-1]
        tier = held.version.tier(held.rank)
        if held.version.tier_refund_policy != "immediate" or tier is None:
            return None
        if held.reason in ("entry", "upgrade"):
            began_it = self._in_window(held.valid_from)
        elif held.reason == "renewal":
            began_it = [item for item in self.counted if walked[-2].valid_from <= item.counted_from < held.valid_from]
        else:
            return None
        basis = held.version.tier_basis
        left = sum((item.amounts.of(basis) - item.taken(basis, day + DAY) for item in began_it), Decimal(0))
        taken_today = sum((item.taken(basis, day + DAY) - item.taken(basis, day) for item in began_it), Decimal(0))
        return left if taken_today > 0 and left < tier.maintain else None
