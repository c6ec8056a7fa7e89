"""Dates and roundings of a loyalty programme (the words of the page, and its chapters 3 and 4.1)."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

NEVER = dt.datetime(9999, 12, 31)
PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAY = dt.timedelta(days=1)


def business_date(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the date of a UTC instant (without a zone) in the retailer's time zone."""
    return at.replace(tzinfo=dt.UTC).astimezone(zone).date()


def day_start(date: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the first instant of a date, in UTC without a zone; also where midnight is skipped or comes twice."""
    return dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC).replace(tzinfo=None)


def add_months(date: dt.date, months: int) -> dt.date:
    """Add months and stay inside the month that is meant: 31 January + 1 is the last of February."""
    years, month = divmod(date.month - 1 + months, 12)
    year, month = date.year + years, month + 1
    return dt.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))


def period_end(date: dt.date, period: str) -> dt.date:
    """Return the last day of the period that a date lies in; for `none` the date itself."""
    if period == "none":
        return date
    length = PERIOD_MONTHS[period]
    last_month = (date.month - 1) // length * length + length
    return dt.date(date.year, last_month, calendar.monthrange(date.year, last_month)[1])


def anniversary_after(date: dt.date, since: dt.date, number: int = 1) -> dt.date:
    """Return the n-th anniversary of `since` that comes after a date; the k-th is `since` + 12 k months."""
    years = next(k for k in range(1, date.year - since.year + 3) if add_months(since, 12 * k) > date)
    return add_months(since, 12 * (years + number - 1))


def half_up(value: Fraction, decimals: int = 4) -> Decimal:
    """Round to decimals; halves go away from zero."""
    units = floor(abs(value) * 10**decimals + Fraction(1, 2))
    return Decimal(-units if value < 0 else units).scaleb(-decimals)


def product(*factors: Decimal) -> Fraction:
    """Multiply without any rounding."""
    result = Fraction(1)
    for factor in factors:
        result *= Fraction(factor)
    return result


def whole(points: Fraction, rounding: str) -> int:
    """Make points whole by the programme's rounding: `down`, `up` or `nearest`."""
    if rounding == "nearest":
        return int(half_up(points, 0))
    return floor(points) if rounding == "down" else ceil(points)


def spread(products: dict[str, Fraction], rounding: str) -> dict[str, int]:
    """Round the sum and spread it (3.3): everybody's whole part, then one each to the largest fractions, ties: key."""
    shares = {key: floor(value) for key, value in products.items()}
    rest = whole(sum(products.values(), Fraction(0)), rounding) - sum(shares.values())
    for key in sorted(products, key=lambda key: (shares[key] - products[key], key))[:rest]:
        shares[key] += 1
    return shares
