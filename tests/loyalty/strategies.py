"""Hypothesis strategies of programmes: every option of the page, valid by its rules.

What hypothesis tries first is the simplest, so that a failing example shrinks to a plain programme.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from tests.loyalty.rules import EarnRule, Rulebook, Scope, Tier, Version

BEGIN = dt.date(2022, 9, 30)
LATER_VERSIONS = tuple(
    dt.date.fromisoformat(day) for day in ("2024-01-01", "2023-03-26", "2023-10-01", "2024-02-29", "2024-06-15")
)
SYSTEMS = ("till", "shop")
STORES = (None, "s1", "s2")
COUNTRIES = ("GR", "CY")
BRANDS = (None, "acme", "zeta")
CATEGORIES = (None, "food", "tools")
TYPES = (None, "snack")
TIER_CODES = ("member", "silver", "gold", "platinum")


T = TypeVar("T")


@cache
def _places(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def pick(draw: st.DrawFn, values: Sequence[T]) -> T:
    """Draw one of some values, of which the first is the simplest; a good deal faster than `sampled_from`."""
    return values[draw(_places(len(values)))]


@st.composite
def rulebooks(draw: st.DrawFn, is_open: bool = False) -> Rulebook:
    """Draw one or two programmes of up to three versions that share out the scope rows between them.

    An open rulebook has a row that enrols everybody, and does not share a warehouse with another one.
    """
    codes = ("club", "plus")[: pick(draw, [1, 1, 2])]
    rows = draw(st.lists(_scopes(), min_size=len(codes), max_size=4, unique=True))
    if is_open:
        row = Scope(brand=pick(draw, [None, "acme"]))
        rows.insert(draw(st.integers(0, len(rows))), row)
    versions: list[Version] = []
    for place, code in enumerate(codes):
        mine = rows[place :: len(codes)]
        later = draw(st.lists(st.sampled_from(LATER_VERSIONS), max_size=2, unique=True))
        begins = [BEGIN, *sorted(later)]
        for number, valid_from in enumerate(begins):
            scopes = tuple(mine) if number == 0 else tuple(mine[draw(st.integers(0, len(mine) - 1)) :])
            version = draw(_versions(code, f"{code}-{number + 1}", valid_from, scopes))
            valid_to = begins[number + 1] if number + 1 < len(begins) else dt.date.max
            rules = tuple(rule for rule in version.earn_rules if _holds_between(rule, valid_from, valid_to))
            versions.append(replace(version, earn_rules=rules))
    return Rulebook(tuple(versions))


def _holds_between(rule: EarnRule, valid_from: dt.date, valid_to: dt.date) -> bool:
    return (rule.valid_from or dt.date.min) < valid_to and (rule.valid_to or dt.date.max) > valid_from


@st.composite
def _scopes(draw: st.DrawFn) -> Scope:
    """Draw a row with a source system or a country."""
    kind = pick(draw, range(9))
    system = pick(draw, SYSTEMS) if kind <= 6 else None
    country = pick(draw, COUNTRIES) if kind in (4, 5, 7, 8) else None
    store = pick(draw, STORES[1:]) if kind == 6 else None
    brand = pick(draw, BRANDS[1:]) if kind in (2, 3, 5, 8) else None
    return Scope(system, store, country, brand)


@st.composite
def _versions(draw: st.DrawFn, code: str, name: str, valid_from: dt.date, scopes: tuple[Scope, ...]) -> Version:
    tiers = draw(_tiers())
    expiry_mode = pick(draw, ["never", "months", "months", "inactivity"])
    expiry_months = None if expiry_mode == "never" else pick(draw, [12, 1, 2, 3])
    windows = ["calendar_year", "rolling_months", "rolling_days", "membership_year", "rolling_months", "lifetime"]
    window = pick(draw, windows)
    term = pick(draw, ["calendar_year", "months", "membership_year", "months", "months", "lifetime"])
    length = {"rolling_months": st.sampled_from([12, 1, 3, 6]), "rolling_days": st.sampled_from([365, 30, 90])}
    return Version(
        programme_code=code,
        rule_version=name,
        valid_from=valid_from,
        scopes=scopes,
        earn_rules=draw(_earn_rules(tuple(tier.code for tier in tiers[0]))),
        tiers=tiers[0],
        points_rounding=pick(draw, ["down", "nearest", "up"]),
        points_rounded_per=pick(draw, ["line", "order"]),
        base_includes_tax=pick(draw, (False, True)),
        pending_days=pick(draw, [0, 0, 14, 27] if expiry_months == 1 else [0, 0, 14, 45]),
        expiry_mode=expiry_mode,
        expiry_months=expiry_months,
        expiry_rounding=pick(draw, ["none", "none", "month", "quarter", "half_year", "year"]),
        point_value=pick(draw, [Decimal("0.01"), Decimal("0.05"), Decimal("0.0333")]),
        breakage_rate=pick(draw, [Decimal(0), Decimal("0.15")]),
        tier_basis=tiers[1],
        tier_counts_pending=pick(draw, (False, True)),
        tier_window=window,
        tier_window_length=draw(length[window]) if window in length else None,
        tier_term=term,
        tier_term_months=pick(draw, [12, 1, 3, 6]) if term == "months" else None,
        tier_grace_days=pick(draw, [0, 0, 1, 31]),
        tier_downgrade_policy=pick(draw, ["one_step", "to_current"]),
        tier_refund_policy=pick(draw, ["none", "immediate", "at_term_end", "immediate"]),
        tier_rule_change_policy=pick(draw, ["keep_term", "re_evaluate"]),
    )


@st.composite
def _tiers(draw: st.DrawFn) -> tuple[tuple[Tier, ...], str]:
    """Draw tiers whose thresholds are met exactly by sums of the histories' amounts, and their basis."""
    basis = pick(draw, ["net_spend", "points", "orders"])
    step = 1 if basis == "orders" else pick(draw, [100, 37, 10])
    keep = pick(draw, [Decimal(1), Decimal("0.5"), Decimal(1), Decimal("0.8"), Decimal(0)])
    entries = [Decimal(step * factor) for factor in (0, 1, 2, 4)[: pick(draw, [3, 1, 2, 4])]]
    return tuple(
        Tier(rank, TIER_CODES[rank], entry, entry * (keep if rank else 0)) for rank, entry in enumerate(entries)
    ), basis


@st.composite
def _earn_rules(draw: st.DrawFn, tier_codes: tuple[str, ...]) -> tuple[EarnRule, ...]:
    """Draw the rate without conditions, dearer ones above it by priority, and multipliers of both kinds."""
    rates = st.sampled_from([Decimal(text) for text in ("1", "0.5", "2.5", "0.3333", "0")])
    factors = st.sampled_from([Decimal(text) for text in ("2", "1.25", "0.5", "1.3333")])
    rules = [EarnRule("base", "rate", draw(rates.filter(bool)), priority=pick(draw, [None, 0]))]
    for number in range(pick(draw, [0, 0, 1, 2])):
        rules.append(draw(_conditions(EarnRule(f"rate{number}", "rate", draw(rates), priority=number + 1))))
    for number in range(pick(draw, [0, 0, 1, 2])):
        rules.append(draw(_conditions(EarnRule(f"campaign{number}", "campaign_multiplier", draw(factors)))))
    for number in range(pick(draw, [0, 0, 1, 2])):
        code = pick(draw, tier_codes)
        rules.append(draw(_conditions(EarnRule(f"tier{number}", "tier_multiplier", draw(factors), tier_code=code))))
    return tuple(rules)


@st.composite
def _conditions(draw: st.DrawFn, rule: EarnRule) -> EarnRule:
    """Draw conditions: of products, of the channel, of time. A rate has one at least."""
    kind = draw(st.integers(1 if rule.rule_type == "rate" else 0, 6))
    valid_from = dt.date(2023, 10, 29) if kind in (5, 6) else None
    return EarnRule(
        rule.code,
        rule.rule_type,
        rule.points,
        channel=pick(draw, ["online", "store"]) if kind in (1, 6) else None,
        category="food" if kind in (2, 6) else None,
        product_type="snack" if kind == 3 else None,
        brand="acme" if kind in (4, 6) else None,
        tier_code=rule.tier_code,
        valid_from=valid_from,
        valid_to=pick(draw, [None, dt.date(2024, 2, 29), dt.date(2024, 3, 1)]) if valid_from else None,
        priority=rule.priority,
    )
