"""A loyalty programme and what happens to a member, as plain values.

Belongs here: programmes, histories, dates, what a line earns and what a refund takes back. Does not belong
here: anything that is shared with the SQL of the models; the two are only worth comparing while they stay apart.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

FAR = dt.datetime(9999, 12, 31)
ROUNDINGS = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "nearest": ROUND_HALF_UP}


@dataclass(frozen=True)
class Tier:
    rank: int
    entry: Decimal
    maintain: Decimal


@dataclass(frozen=True)
class Version:
    """One row of the programme with its tiers, lowest first."""

    name: str
    valid_from: dt.date
    points_per_unit: Decimal
    points_rounding: str
    base_includes_tax: bool
    pending_days: int
    expiry_months: int | None
    expiry_rounding: str
    tier_basis: str
    tier_counts_pending: bool
    tier_window_months: int
    tier_term_months: int
    tier_grace_days: int
    tier_downgrade_policy: str
    tiers: tuple[Tier, ...]

    def whole_points(self, base: Decimal) -> int:
        return int((base * self.points_per_unit).to_integral_value(ROUNDINGS[self.points_rounding]))


@dataclass(frozen=True)
class Refund:
    key: str
    at: dt.datetime
    amount: Decimal


@dataclass(frozen=True)
class Line:
    """One order line of the member. Instants are UTC without a zone; tax is inside the goods' price."""

    key: str
    order_key: str
    at: dt.datetime
    goods: Decimal
    tax: Decimal
    paid_by_points: Decimal
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True)
class Redemption:
    key: str
    at: dt.datetime
    points: int


@dataclass(frozen=True)
class History:
    member_since: dt.date
    lines: tuple[Line, ...]
    redemptions: tuple[Redemption, ...]


def add_months(date: dt.date, months: int) -> dt.date:
    """Add months and stay inside the month that is meant: 31 January + 1 is the last of February."""
    years, month = divmod(date.month - 1 + months, 12)
    year, month = date.year + years, month + 1
    return dt.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


def period_end(date: dt.date, period: str) -> dt.date:
    """Return the last day of the period that a date lies in."""
    if period == "none":
        return date
    length = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[period]
    last_month = (date.month - 1) // length * length + length
    return dt.date(date.year, last_month, calendar.monthrange(date.year, last_month)[1])


class Programme:
    """All versions of a programme, in one time zone."""

    def __init__(self, versions: tuple[Version, ...], zone: ZoneInfo, as_of: dt.date) -> None:
        self.versions = sorted(versions, key=lambda version: version.valid_from)
        self.zone = zone
        self.as_of = as_of
        self.now = self.day_start(as_of + dt.timedelta(days=1))

    def version_on(self, date: dt.date) -> Version | None:
        begun = [version for version in self.versions if version.valid_from <= date]
        return begun[-1] if begun else None

    def business_date(self, at: dt.datetime) -> dt.date:
        return at.replace(tzinfo=dt.UTC).astimezone(self.zone).date()

    def day_start(self, date: dt.date) -> dt.datetime:
        local = dt.datetime.combine(date, dt.time(), self.zone)
        return local.astimezone(dt.UTC).replace(tzinfo=None)


def earning_base(line: Line, version: Version) -> Decimal:
    """Net of discount, tax by the rule, less the share that was paid with points."""
    if line.goods == 0:
        return Decimal(0)
    base = line.goods if version.base_includes_tax else line.goods - line.tax
    return base * max(line.goods - line.paid_by_points, Decimal(0)) / line.goods


def earning_lines(programme: Programme, history: History) -> Iterator[tuple[Line, Version, dt.date]]:
    """Yield the lines that earn, with the version in force and the business date."""
    for line in history.lines:
        date = programme.business_date(line.at)
        version = programme.version_on(date)
        if version and date >= history.member_since:
            yield line, version, date


def losses_by_refund(line: Line, version: Version) -> Iterator[tuple[Refund, Decimal, int]]:
    """Yield each refund of a line with the base and the points that it takes back."""
    base = earning_base(line, version)
    kept_base, kept_points, refunded = base, version.whole_points(base), Decimal(0)
    for refund in sorted(line.refunds, key=lambda refund: (refund.at, refund.key)):
        refunded += refund.amount
        new_base = base * max(line.goods - refunded, Decimal(0)) / line.goods if line.goods else Decimal(0)
        new_points = version.whole_points(new_base)
        yield refund, kept_base - new_base, kept_points - new_points
        kept_base, kept_points = new_base, new_points
