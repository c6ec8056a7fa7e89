"""What tiers mean, walked day by day for one member.

Belongs here: the meaning, written to be read, with no thought of speed. Does not belong here: points.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from tests.loyalty.programme import (
    History,
    Line,
    Programme,
    Version,
    add_months,
    earning_base,
    earning_lines,
    losses_by_refund,
)


@dataclass
class Interval:
    rank: int
    reason: str
    valid_from: dt.date
    amount: Decimal
    term_end: dt.date | None
    valid_to: dt.date | None = None


@dataclass
class Qualification:
    """What one purchase counts for, and what its refunds took back on which day."""

    counted_from: dt.date
    values: dict[str, Decimal]
    losses: list[tuple[dt.date, dict[str, Decimal]]] = field(default_factory=list)


def qualifications(programme: Programme, history: History) -> list[Qualification]:
    """Return what each line counts for. An order counts once, until all of it has been refunded."""
    found: list[Qualification] = []
    orders: dict[str, list[tuple[Line, Version, dt.date]]] = {}
    for entry in earning_lines(programme, history):
        orders.setdefault(entry[0].order_key, []).append(entry)
    for lines in orders.values():
        by_line: dict[str, Qualification] = {}
        kept = sum((earning_base(line, version) for line, version, _ in lines), Decimal(0))
        first = min(line.key for line, _, _ in lines)
        for line, version, date in lines:
            base = earning_base(line, version)
            pending = dt.timedelta(days=0 if version.tier_counts_pending else version.pending_days)
            values = {
                "points": Decimal(version.whole_points(base)),
                "net_spend": base,
                "orders": Decimal(line.key == first),
            }
            by_line[line.key] = Qualification(date + pending, values)
        refunds = [
            (refund, line.key, base_lost, points_lost)
            for line, version, _ in lines
            for refund, base_lost, points_lost in losses_by_refund(line, version)
        ]
        for refund, line_key, base_lost, points_lost in sorted(refunds, key=lambda item: (item[0].at, item[0].key)):
            kept -= base_lost
            qualification = by_line[line_key]
            day = max(programme.business_date(refund.at), qualification.counted_from)
            gone = Decimal(kept == 0 and base_lost > 0)
            qualification.losses.append((day, {"points": Decimal(points_lost), "net_spend": base_lost, "orders": gone}))
        found.extend(by_line.values())
    return found


def window_amount(found: list[Qualification], version: Version, day: dt.date) -> Decimal:
    """Sum what counts on a day inside the rolling window, refunds up to that day off."""
    total = Decimal(0)
    for item in found:
        if item.counted_from <= day < add_months(item.counted_from, version.tier_window_months):
            total += item.values[version.tier_basis]
            total -= sum((loss[version.tier_basis] for when, loss in item.losses if when <= day), Decimal(0))
    return total


def term_amount(found: list[Qualification], basis: str, start: dt.date, end: dt.date) -> Decimal:
    """Sum what was earned inside [start, end), refunds before the end off."""
    total = Decimal(0)
    for item in found:
        if start <= item.counted_from < end:
            total += item.values[basis]
            total -= sum((loss[basis] for when, loss in item.losses if when < end), Decimal(0))
    return total


def play_tiers(programme: Programme, history: History) -> list[Interval]:
    """Walk day by day from the first day of membership to the as-of date."""
    found = qualifications(programme, history)
    day = max(history.member_since, programme.versions[0].valid_from)
    intervals: list[Interval] = []
    while day <= programme.as_of:
        version = programme.version_on(day)
        assert version
        amount = window_amount(found, version, day)
        earned = max(tier.rank for tier in version.tiers if tier.rank == 0 or amount >= tier.entry)
        if not intervals:
            intervals.append(_begin(version, earned, "entry", day, amount))
        elif earned > intervals[-1].rank:
            intervals.append(_begin(version, earned, "upgrade", day, amount))
        elif judged := _judge(programme, found, intervals[-1], version, day, earned):
            intervals.append(judged)
        day += dt.timedelta(days=1)
    for current, following in pairwise(intervals):
        current.valid_to = following.valid_from
    return intervals


def _begin(version: Version, rank: int, reason: str, day: dt.date, amount: Decimal) -> Interval:
    return Interval(rank, reason, day, amount, add_months(day, version.tier_term_months) if rank else None)


def _judge(
    programme: Programme, found: list[Qualification], held: Interval, version: Version, day: dt.date, earned: int
) -> Interval | None:
    """Renew at the term's end or at the end of grace, or else lower the tier at the end of grace."""
    if held.term_end is None:
        return None
    at_end = programme.version_on(held.term_end)
    assert at_end
    grace_end = held.term_end + dt.timedelta(days=at_end.tier_grace_days)
    if day not in (held.term_end, grace_end):
        return None
    amount = term_amount(found, at_end.tier_basis, held.valid_from, day)
    maintain = next((tier.maintain for tier in version.tiers if tier.rank == held.rank), None)
    if earned >= held.rank or (maintain is not None and amount >= maintain):
        return _begin(version, held.rank, "renewal", day, amount)
    if day < grace_end:
        return None
    lower = held.rank - 1 if version.tier_downgrade_policy == "one_step" else earned
    return _begin(version, lower, "downgrade", day, amount)
