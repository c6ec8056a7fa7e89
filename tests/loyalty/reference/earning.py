"""What a line earns and what a refund leaves of it (chapter 3, and 4.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from tests.loyalty.history import Line, Order, Refund, World
from tests.loyalty.reference.arithmetic import business_date, half_up, product, spread, whole
from tests.loyalty.reference.membership import Member, Membership
from tests.loyalty.rules import EarnRule, Version


@dataclass(frozen=True)
class EarningLine:
    """A line that earns (3.1), with what is frozen on it and needs no tier."""

    order: Order
    line: Line
    member: Member
    version: Version
    date: dt.date
    base: Decimal
    qualifying_rate: Decimal
    refunds: tuple[Refund, ...]
    """None before its purchase, and in the order of (instant, key)."""

    @property
    def key(self) -> str:
        return self.line.order_line_key


def earning_lines(world: World, membership: Membership) -> list[EarningLine]:
    """Return the lines that earn, as of the night."""
    refunds: dict[str, list[Refund]] = {}
    for refund in world.history.refunds:
        if business_date(refund.at, world.zone) <= world.as_of:
            refunds.setdefault(refund.order_line_key, []).append(refund)
    found = []
    for order in world.history.orders:
        date = business_date(order.at, world.zone)
        if not order.is_valid or order.customer is None or date > world.as_of:
            continue
        for line in order.lines:
            version = membership.line_version(order, line)
            if version is None or line.is_gift_card:
                continue
            member = (version.programme_code, order.customer)
            if membership.is_member(member, date):
                rate = points_per_unit(version, order, line, date, tier_code=None)
                happened = (
                    replace(refund, at=max(refund.at, order.at)) for refund in refunds.get(line.order_line_key, ())
                )
                steps = tuple(sorted(happened, key=lambda refund: (refund.at, refund.refund_line_key)))
                found.append(EarningLine(order, line, member, version, date, base(order, line, version), rate, steps))
    return found


def base(order: Order, line: Line, version: Version) -> Decimal:
    """Return the amount that earns, in the reporting currency (3.2)."""
    payable = line.goods if order.prices_include_tax else line.goods + line.tax
    if payable <= 0:
        return Decimal(0)
    if version.base_includes_tax:
        net = line.goods if order.prices_include_tax else line.goods + line.tax
    else:
        net = line.goods - line.tax if order.prices_include_tax else line.goods
    earning = half_up(product(max(net, Decimal(0)), max(payable - line.paid_by_points, Decimal(0))) / Fraction(payable))
    return half_up(product(earning, order.exchange_rate))


def points_per_unit(version: Version, order: Order, line: Line, date: dt.date, tier_code: str | None) -> Decimal:
    """Return the rate of a line with its multipliers (3.3); without a tier code the qualifying rate."""
    matching = [rule for rule in version.earn_rules if _matches(rule, order, line, date)]
    rate = max((rule for rule in matching if rule.rule_type == "rate"), key=lambda rule: rule.priority or 0)
    campaigns = [rule.points for rule in matching if rule.rule_type == "campaign_multiplier"]
    tiers = [rule.points for rule in matching if rule.rule_type == "tier_multiplier" and rule.tier_code == tier_code]
    return half_up(product(rate.points, max(campaigns, default=Decimal(1)), max(tiers, default=Decimal(1))))


def _matches(rule: EarnRule, order: Order, line: Line, date: dt.date) -> bool:
    return (
        rule.channel in (None, order.channel)
        and rule.category in (None, line.category)
        and rule.product_type in (None, line.product_type)
        and rule.brand in (None, line.brand)
        and (rule.valid_from is None or rule.valid_from <= date)
        and (rule.valid_to is None or date < rule.valid_to)
    )


def points_by_line(lines: Iterable[EarningLine], rates: dict[str, Decimal]) -> dict[str, int]:
    """Return the points of every line at its rate, whole by its version's rounding (3.3)."""
    points: dict[str, int] = {}
    together: dict[tuple[str, Member], list[EarningLine]] = {}
    for line in lines:
        together.setdefault((line.order.order_key, line.member), []).append(line)
    for group in together.values():
        version = group[0].version
        products = {line.key: product(rates[line.key], line.base) for line in group}
        if version.points_rounded_per == "order":
            points.update(spread(products, version.points_rounding))
        else:
            points.update({key: whole(value, version.points_rounding) for key, value in products.items()})
    return points


def taken_by_refunds(line: EarningLine, points: int, rate: Decimal) -> list[tuple[Refund, Decimal, int]]:
    """Return each refund of a line with the base and the points that it takes (4.5, before any limit)."""
    steps: list[tuple[Refund, Decimal, int]] = []
    kept_base, kept_points, refunded = line.base, points, Decimal(0)
    goods = line.line.goods
    for refund in line.refunds:
        refunded += refund.amount
        new_base = Decimal(0) if refunded >= goods else half_up(product(line.base, goods - refunded) / Fraction(goods))
        new_points = points
        if new_base != line.base:
            new_points = min(points, whole(product(rate, new_base), line.version.points_rounding))
        steps.append((refund, kept_base - new_base, kept_points - new_points))
        kept_base, kept_points = new_base, new_points
    return steps
