"""Plays a whole world: who is a member, what each earns, which tier that gives, and what becomes of the points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tests.loyalty.history import Event, Payment, World
from tests.loyalty.reference.account import Account
from tests.loyalty.reference.arithmetic import DAY, business_date
from tests.loyalty.reference.earning import EarningLine, earning_lines, points_per_unit
from tests.loyalty.reference.membership import Member, Membership
from tests.loyalty.reference.points import PointsPlay, redeemed_points
from tests.loyalty.reference.tiers import Interval, TierWalk, counted_of
from tests.loyalty.rules import Rulebook, Version


@dataclass(frozen=True)
class MemberResult:
    """What the rules give for one member on the night."""

    account: Account
    intervals: list[Interval]
    walk: TierWalk


def play(world: World) -> dict[Member, MemberResult]:
    """Play every member of every programme."""
    membership = Membership(world)
    lines = _by_member(earning_lines(world, membership))
    events = _events(world, membership)
    payments = _payments(world, membership)
    reversals = _reversals(world, payments)
    results = {}
    for member, since in sorted(membership.since.items()):
        mine = lines.get(member, [])
        my_events = events.get(member, [])
        walk = TierWalk(world.rulebook, member, since, counted_of(world, mine, my_events))
        intervals = walk.intervals(world.as_of)
        rates = {line.key: _rate(world.rulebook, line, intervals) for line in mine}
        paid, reversed_ = payments.get(member, []), reversals.get(member, [])
        account = PointsPlay(world, member, mine, rates, my_events, paid, reversed_).play()
        results[member] = MemberResult(account, intervals, walk)
    return results


def _by_member(lines: list[EarningLine]) -> dict[Member, list[EarningLine]]:
    found: dict[Member, list[EarningLine]] = {}
    for line in lines:
        found.setdefault(line.member, []).append(line)
    return found


def _rate(rulebook: Rulebook, line: EarningLine, intervals: list[Interval]) -> Decimal:
    """Return points per unit at the tier that is held at the end of the date before (3.3)."""
    before = line.date - DAY
    held = [interval for interval in intervals if interval.valid_from <= before]
    rank, version = (held[-1].rank, held[-1].version) if held else (0, line.version)
    return points_per_unit(line.version, line.order, line.line, line.date, rulebook.tier_code(version, rank))


def _events(world: World, membership: Membership) -> dict[Member, list[tuple[Event, Version]]]:
    found: dict[Member, list[tuple[Event, Version]]] = {}
    for event in world.history.events:
        date = business_date(event.at, world.zone)
        version = membership.event_version(event)
        if event.event_type == "redeem_reversal" or event.is_deleted or version is None or date > world.as_of:
            continue
        member = (version.programme_code, event.customer)
        if membership.is_member(member, date):
            found.setdefault(member, []).append((event, version))
    return found


def _payments(world: World, membership: Membership) -> dict[Member, list[tuple[Payment, int]]]:
    orders = {order.order_key: order for order in world.history.orders}
    found: dict[Member, list[tuple[Payment, int]]] = {}
    for payment in world.history.payments:
        order = orders.get(payment.order_key)
        if order is None or order.customer is None or not order.is_valid or not payment.moves_money:
            continue
        if max(business_date(at, world.zone) for at in (payment.at, order.at)) > world.as_of:
            continue
        programme = membership.order_programme(order)
        if programme is not None and (programme, order.customer) in membership.since:
            points = redeemed_points(world, world.rulebook, programme, payment, order.exchange_rate)
            found.setdefault((programme, order.customer), []).append((payment, points))
    return found


def _reversals(
    world: World, payments: dict[Member, list[tuple[Payment, int]]]
) -> dict[Member, list[tuple[Event, Version]]]:
    """Return the reversals of each member's redemptions, whoever they are said to be of."""
    redeemed = {payment.payment_key: (member, payment) for member, paid in payments.items() for payment, _ in paid}
    found: dict[Member, list[tuple[Event, Version]]] = {}
    for event in world.history.events:
        if event.event_type != "redeem_reversal" or event.is_deleted or event.payment_key not in redeemed:
            continue
        member, payment = redeemed[event.payment_key]
        date = business_date(max(event.at, payment.at), world.zone)
        if date <= world.as_of:
            versions = world.rulebook.programmes[member[0]]
            found.setdefault(member, []).append((event, world.rulebook.version(member[0], date) or versions[0]))
    return found
