"""Random programmes and histories for the property tests.

Histories are dense on purpose: few days, few times of day and few amounts, so that ties, thresholds met exactly,
and events on the first or last day of something are common. Belongs here: hypothesis strategies. Amounts are
chosen so that every base has at most four decimals and no rounding of money hides a wrong point.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.loyalty.programme import History, Line, Programme, Redemption, Refund, Tier, Version

ZONE = ZoneInfo("Europe/Athens")
AS_OF = dt.date(2026, 10, 31)
BEGIN = dt.date(2025, 9, 30)
SECOND_VERSION = (dt.date(2026, 2, 28), dt.date(2026, 4, 1))
DAYS = sorted(
    [dt.date(2025 + month // 12, month % 12 + 1, day) for month in range(9, 21) for day in (1, 15)]
    + [dt.date(2025, 10, 26), dt.date(2025, 12, 31), dt.date(2026, 1, 31), dt.date(2026, 3, 29), dt.date(2026, 8, 31)]
    + [dt.date(2026, 10, day) for day in (2, 16, 17, 25, 30)]
)
"""Month starts, days on which a pending period or a grace ends, month ends, the nights of the clock change."""


@st.composite
def instants(draw: st.DrawFn, first: dt.date = BEGIN) -> dt.datetime:
    """An instant of the business dates above, from the first of them that is not before `first`."""
    date = draw(st.sampled_from([day for day in DAYS if day >= first] or [AS_OF]))
    local = dt.datetime.combine(date, dt.time(draw(st.sampled_from([0, 0, 9, 23]))), ZONE)
    return local.astimezone(dt.UTC).replace(tzinfo=None)


@st.composite
def versions(draw: st.DrawFn, name: str, valid_from: dt.date) -> Version:
    expiry = draw(st.sampled_from([None, 1, 3, 3, 6, 6]))
    step = draw(st.sampled_from([37, 100, 120]))
    basis = draw(st.sampled_from(["points", "net_spend", "orders"]))
    thresholds = [step * factor if basis != "orders" else 2 * factor for factor in (0, 1, 2, 4)]
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
        tier_window_months=draw(st.sampled_from([1, 3, 6])),
        tier_term_months=draw(st.sampled_from([1, 3, 6])),
        tier_grace_days=draw(st.sampled_from([0, 0, 15])),
        tier_downgrade_policy=draw(st.sampled_from(["one_step", "to_current"])),
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
    member_since = draw(st.sampled_from([BEGIN - dt.timedelta(days=100), BEGIN, DAYS[0], DAYS[8]]))
    lines: list[Line] = []
    for number in range(draw(st.integers(0, 8))):
        at = draw(instants())
        lines.extend(
            draw(_lines(f"{customer}:{number}:{part}", f"{customer}:{number}", at))
            for part in range(draw(st.sampled_from([1, 1, 2])))
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
        Refund(f"{key}:r{number}", draw(instants(at.date() + dt.timedelta(days=1))), share * goods)
        for number, share in enumerate(
            draw(st.lists(st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal(1)]), max_size=2))
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
