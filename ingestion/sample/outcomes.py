"""What becomes of an order: its state, its parcels, and what of it comes back.

Belongs here: events after the order, as they happened in truth. Does not belong here: payments (`tender`), and which
export file an event is seen in (`versions`). Instants are seconds in UTC; `NEVER` is later than any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.sample.baskets import Baskets
from ingestion.sample.catalogue import COUNTRIES
from ingestion.sample.draws import Bools, Draws, Ints
from ingestion.sample.people import People
from ingestion.sample.period import DAY, Period
from ingestion.sample.visits import AIRPORT, Visits

NEVER: Final = 1 << 40
# VOID is what the shop annulled; EARLY is refunded in full before anything was sent.
NORMAL, CANCELLED, VOID, DRAFT, TEST, DELETED, EARLY, SUSPENDED = range(8)
_ONLINE_FATES: Final = (9620, 250, 20, 40, 30, 10, 30, 0)
_TILL_FATES: Final = (9820, 50, 60, 0, 30, 10, 0, 30)
REASONS: Final = ("damaged", "wrong item", "changed mind", "too late", "not as described", "")


@dataclass(frozen=True)
class Refunds:
    """What comes back: one entry per returned line, of e-shop refunds and of till returns alike."""

    order: Ints
    number: Ints
    """First or second refund of the order."""
    line: Ints
    """Position of the line; every entry has one in truth, whatever the system says."""
    quantity: Ints
    amount: Ints
    tax: Ints
    shipping: Ints
    """Shipping given back, on the first line of a refund."""
    at: Ints
    store: Ints
    """Store that takes the goods back; -1 online."""
    reason: Ints
    names_line: Bools
    """The system says which line it was; else only which product."""
    names_sale: Bools
    """The till knows the receipt. Always true online."""


@dataclass(frozen=True)
class Outcomes:
    """One entry per visit, and what came back of it."""

    fate: Ints
    shipped: Ints
    promised: Ints
    delivered: Ints
    fails: Bools
    ended: Ints
    """When it was cancelled, annulled or deleted."""
    points_wanted: Bools
    """The customer would pay with points; nothing of such an order comes back."""
    refunds: Refunds


def draw_outcomes(draws: Draws, visits: Visits, baskets: Baskets, people: People, period: Period) -> Outcomes:
    """Return the fate of every visit."""
    ids = visits.number
    online = visits.online
    fate = np.where(online, draws.choice("fate", ids, _ONLINE_FATES), draws.choice("till fate", ids, _TILL_FATES))
    refundable = (baskets.order_discount == 0) | (baskets.line_count == 1)
    fate = np.where((fate == EARLY) & (~refundable | baskets.is_gift_card), NORMAL, fate)
    sent = online & ((fate == NORMAL) | (fate == DELETED)) & ~baskets.is_gift_card
    shipped = np.where(sent, visits.at + 3 * 3600 + draws.below("shipped", ids, 60 * 3600), NEVER)
    late = draws.chance("late", ids, 0.08)
    travel = DAY + draws.below("travel", ids, 3 * DAY) + late * (2 * DAY + draws.below("delay", ids, 8 * DAY))
    fails = sent & draws.chance("parcel fails", ids, 0.004)
    delivered = np.where(sent & ~fails, shipped + travel, NEVER)
    ended = visits.at + 600 + draws.below("ended", ids, 20 * 3600)
    ended = np.where((fate == CANCELLED) | (fate == VOID) | (fate == DELETED), ended, NEVER)
    has_card = visits.card >= 0
    linked = (visits.account >= 0) & people.links_card[visits.person] & (visits.person >= 0)
    ordinary = (fate == NORMAL) & ~baskets.is_gift_card & (visits.subscription < 0)
    wanted = ordinary & (has_card | linked) & draws.chance("points wanted", ids, 0.08)
    outcomes = Outcomes(
        fate=fate,
        shipped=shipped,
        promised=np.where(sent, visits.at + 7 * DAY, NEVER),
        delivered=delivered,
        fails=fails,
        ended=ended,
        points_wanted=wanted,
        refunds=_no_refunds(),
    )
    online_refunds = _online_refunds(draws, visits, baskets, outcomes, ordinary & ~wanted, refundable)
    till_returns = _till_returns(draws, visits, baskets, ordinary & ~wanted & ~online, period)
    return _with_refunds(outcomes, _joined([online_refunds, till_returns], period))


def _no_refunds() -> Refunds:
    none = np.zeros(0, dtype=np.int64)
    flags = np.zeros(0, dtype=np.bool_)
    return Refunds(none, none, none, none, none, none, none, none, none, none, flags, flags)


def _with_refunds(outcomes: Outcomes, refunds: Refunds) -> Outcomes:
    return Outcomes(**{**outcomes.__dict__, "refunds": refunds})


def _joined(parts: list[Refunds], period: Period) -> Refunds:
    """Return the refunds of all parts that fall into the period and give something back, in the order of orders."""
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _no_refunds().__dict__}
    kept = np.flatnonzero((whole["at"] < period.end) & (whole["amount"] > 0))
    kept = kept[np.lexsort((whole["line"][kept], whole["number"][kept], whole["order"][kept]))]
    return Refunds(**{name: values[kept] for name, values in whole.items()})


def _online_refunds(
    draws: Draws, visits: Visits, baskets: Baskets, outcomes: Outcomes, ordinary: Bools, refundable: Bools
) -> Refunds:
    """Return refunds in full, of one line, of money only, in two steps, and those before anything was sent."""
    ids = visits.number
    lines = baskets.lines
    luck = draws.uniform("refund", ids)
    delivered = visits.online & ordinary & (outcomes.delivered < NEVER)
    early = outcomes.fate == EARLY
    full = early | (delivered & refundable & (luck < 0.04))
    part = delivered & ~full & (luck < 0.09)
    money = delivered & (luck >= 0.09) & (luck < 0.105)
    twice = delivered & (luck >= 0.105) & (luck < 0.12) & (baskets.line_count > 1)
    chosen = draws.below("refunded line", ids, 1 << 20) % baskets.line_count
    order, nth = lines.order, lines.nth
    whole = full[order] | (twice[order] & (nth < 2))
    touched = whole | ((part | money)[order] & (nth == chosen[order]))
    line = np.flatnonzero(touched)
    order, nth = order[line], nth[line]
    number = np.where(twice[order], nth, 0)
    line_ids = ids[order] * 16 + nth
    quantity = np.where(part[order], 1 + draws.below("part", line_ids, lines.quantity[line]), lines.quantity[line])
    quantity = np.where(money[order], 0, quantity)
    share = np.where(money[order], 20, quantity * 100 // np.maximum(lines.quantity[line], 1))
    exact = (
        lines.gross[line] - lines.discount[line] - np.where(baskets.line_count[order] == 1, _header(baskets, order), 0)
    )
    worth = np.where(full[order], exact, lines.floor[line])
    began = np.where(early, visits.at + 1800, outcomes.delivered)
    wait = np.where(early[order], 0, 2 * DAY + draws.below("refund wait", ids, 22 * DAY)[order])
    step = np.array([country.step for country in COUNTRIES])[visits.country[order]]
    amount = worth * share // 100 // step * step
    gives_shipping = full & (early | (luck < 0.02))
    silent = draws.chance("refund names no line", ids, 0.06) & ~early & ~full
    return Refunds(
        order=order,
        number=number,
        line=line,
        quantity=quantity,
        amount=amount,
        tax=_tax_of(baskets, visits, order, amount, step),
        shipping=np.where(gives_shipping[order] & (nth == 0), baskets.shipping[order], 0),
        at=began[order] + wait + number * 6 * DAY,
        store=np.full(len(line), -1, dtype=np.int64),
        reason=draws.below("refund reason", ids, len(REASONS))[order],
        names_line=~silent[order],
        names_sale=np.ones(len(line), dtype=np.bool_),
    )


def _header(baskets: Baskets, order: Ints) -> Ints:
    return np.asarray(baskets.order_discount[order])


def _tax_of(baskets: Baskets, visits: Visits, order: Ints, amount: Ints, step: Ints) -> Ints:
    percent = np.array([country.tax_percent for country in COUNTRIES])[visits.country[order]]
    return np.asarray(amount * percent // (100 + percent) // step * step)


def _till_returns(draws: Draws, visits: Visits, baskets: Baskets, ordinary: Bools, period: Period) -> Refunds:
    lines = baskets.lines
    line_ids = visits.number[lines.order] * 16 + lines.nth
    line = np.flatnonzero(ordinary[lines.order] & draws.chance("returned", line_ids, 0.04))
    order, line_ids = lines.order[line], line_ids[line]
    quantity = 1 + draws.below("returned units", line_ids, lines.quantity[line])
    step = np.array([country.step for country in COUNTRIES])[visits.country[order]]
    amount = lines.floor[line] * quantity // lines.quantity[line] // step * step
    day = np.minimum(period.day_of(visits.at)[order] + 1 + draws.below("return wait", line_ids, 27), 1 << 14)
    day = day + (period.first_date.weekday() + day) % 7 // 6
    home = visits.store[order]
    return Refunds(
        order=order,
        number=lines.nth[line],
        line=line,
        quantity=quantity,
        amount=amount,
        tax=_tax_of(baskets, visits, order, amount, step),
        shipping=np.zeros(len(line), dtype=np.int64),
        at=period.instant(day, 10 * 3600 + draws.below("return time", line_ids, 9 * 3600)),
        store=np.where((visits.country[order] == 0) & draws.chance("elsewhere", line_ids, 0.05), AIRPORT, home),
        reason=draws.below("return reason", line_ids, len(REASONS)),
        names_line=~draws.chance("return names no line", line_ids, 0.1),
        names_sale=~draws.chance("no receipt", line_ids, 0.12),
    )
