"""Random programmes and histories for the property tests.

Belongs here: hypothesis strategies. Amounts are chosen so that every base has at most four decimals
and no rounding of money hides a wrong point.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.loyalty.programme import History, Line, Programme, Redemption, Refund, Tier, Version

ZONE = ZoneInfo("Europe/Athens")
AS_OF = dt.date(2026, 10, 31)
BEGIN = dt.date(2024, 1, 29)
SECOND_VERSION = (dt.date(2025, 2, 28), dt.date(2025, 6, 1))
DAYS = (AS_OF - BEGIN).days


@st.composite
def instants(draw: st.DrawFn, first: dt.date = BEGIN, days: int = DAYS) -> dt.datetime:
    """Few days and few times of day, so that ties, midnights and the days of the clock change are common."""
    date = first + dt.timedelta(days=draw(st.integers(0, max(days, 0))))
    hour = draw(st.sampled_from([0, 1, 9, 21, 22, 23]))
    return dt.datetime.combine(min(date, AS_OF - dt.timedelta(days=1)), dt.time(hour))


@st.composite
def versions(draw: st.DrawFn, name: str, valid_from: dt.date) -> Version:
    expiry = draw(st.sampled_from([None, 1, 3, 12, 12, 18]))
    step = draw(st.sampled_from([40, 100, 250]))
    basis = draw(st.sampled_from(["points", "net_spend", "orders"]))
    thresholds = [step * factor if basis != "orders" else 2 * factor for factor in (0, 1, 3, 6)]
    slack = draw(st.sampled_from([Decimal(1), Decimal("0.5")]))
    return Version(
        name=name,
        valid_from=valid_from,
        points_per_unit=draw(st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("2.5")])),
        points_rounding=draw(st.sampled_from(["down", "nearest", "up"])),
        base_includes_tax=draw(st.booleans()),
        pending_days=draw(st.sampled_from([0, 0, 14])),
        expiry_months=expiry,
        expiry_rounding=draw(st.sampled_from(["none", "month", "quarter", "half_year", "year"])),
        tier_basis=basis,
        tier_counts_pending=draw(st.booleans()),
        tier_window_months=draw(st.sampled_from([1, 6, 12])),
        tier_term_months=draw(st.sampled_from([1, 6, 12])),
        tier_grace_days=draw(st.sampled_from([0, 0, 30])),
        tier_downgrade_policy=draw(st.sampled_from(["one_step", "to_earned"])),
        tiers=tuple(Tier(rank, Decimal(entry), Decimal(entry) * slack) for rank, entry in enumerate(thresholds)),
    )


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """One version, or a second one that changes anything at all on its first day."""
    first = draw(versions("first", BEGIN))
    if draw(st.booleans()):
        return Programme((first, draw(versions("second", draw(st.sampled_from(SECOND_VERSION))))), ZONE, AS_OF)
    return Programme((first,), ZONE, AS_OF)


@st.composite
def histories(draw: st.DrawFn, customer: str) -> History:
    """A member with orders of one or two lines, refunds in several steps, and redemptions at any time."""
    member_since = BEGIN + dt.timedelta(days=draw(st.sampled_from([-100, 0, 30, 200])))
    lines: list[Line] = []
    for number in range(draw(st.integers(0, 6))):
        at = draw(instants())
        lines.extend(
            draw(_lines(f"{customer}:{number}:{part}", f"{customer}:{number}", at))
            for part in range(draw(st.integers(1, 2)))
        )
    redemptions = tuple(
        Redemption(f"{customer}:p{number}", draw(instants()), draw(st.sampled_from([1, 30, 75, 200])))
        for number in range(draw(st.integers(0, 4)))
    )
    return History(member_since, tuple(lines), redemptions)


@st.composite
def _lines(draw: st.DrawFn, key: str, order_key: str, at: dt.datetime) -> Line:
    units = draw(st.sampled_from([0, 1, 9, 37, 100]))
    goods = units * Decimal("1.20")
    refunds = tuple(
        Refund(f"{key}:r{number}", draw(instants(at.date() + dt.timedelta(days=1), 420)), share * goods)
        for number, share in enumerate(
            draw(st.lists(st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal(1)]), max_size=3))
        )
    )
    return Line(
        key=key,
        order_key=order_key,
        at=at,
        goods=goods,
        tax=draw(st.sampled_from([Decimal(0), units * Decimal("0.20")])),
        paid_by_points=goods * draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.5"), Decimal(1)])),
        refunds=refunds,
    )
