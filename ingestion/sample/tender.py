"""How orders are paid: methods, split payments, authorisation and capture, gift cards and points.

Belongs here: payments. Does not belong here: the loyalty programme's rules; a holder here spends only points that
any sensible programme would have made available by then (see `_points`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.sample.baskets import Baskets
from ingestion.sample.catalogue import COUNTRIES
from ingestion.sample.draws import Bools, Draws, Ints
from ingestion.sample.outcomes import CANCELLED, DRAFT, NEVER, NORMAL, SUSPENDED, TEST, VOID, Outcomes
from ingestion.sample.period import DAY
from ingestion.sample.visits import Visits

METHODS: Final = ("card", "wallet", "cash_on_delivery", "bank_transfer", "cash", "gift_card", "points")
_CARD, _WALLET, _ON_DELIVERY, _TRANSFER, _CASH, _GIFT_CARD, _POINTS = range(7)
KINDS: Final = ("sale", "authorisation", "capture", "void")
_SALE, _AUTHORISATION, _CAPTURE, _VOID = range(4)
_ONLINE: Final = (58, 20, 14, 8)
_TILL: Final = (52, 14, 0, 0, 34)
_STEPS: Final = np.array([country.step for country in COUNTRIES], dtype=np.int64)
_PER_EURO_HUNDREDTHS: Final = np.array([int(country.per_euro * 100) for country in COUNTRIES], dtype=np.int64)

POINT_CENTS: Final = 5
_LEAST_POINTS: Final = 100
_RIPE: Final = 60 * DAY
_FRESH: Final = 270 * DAY


@dataclass(frozen=True)
class Payments:
    """One entry per payment, ordered by order and time."""

    order: Ints
    nth: Ints
    kind: Ints
    method: Ints
    amount: Ints
    points: Ints
    at: Ints
    settled: Ints
    """When it succeeded; `NEVER` for a failed or an open one."""
    fails: Bools


def draw_payments(draws: Draws, visits: Visits, baskets: Baskets, outcomes: Outcomes) -> Payments:
    """Return every payment of every visit."""
    ids = visits.number
    fate, online = outcomes.fate, visits.online
    points, by_points = _points(visits, baskets, outcomes)
    euro = baskets.total * 100 // _PER_EURO_HUNDREDTHS[visits.country]
    with_gift = (
        draws.chance("pays with gift card", ids, 0.012) & (points == 0) & ~baskets.is_gift_card & (fate == NORMAL)
    )
    stored = np.minimum(2000 * _PER_EURO_HUNDREDTHS[visits.country] // 10_000 * 100, baskets.total)
    by_gift = np.where(with_gift & (euro > 500), stored, 0)
    rest = baskets.total - by_points - by_gift
    method = np.where(online, draws.choice("method", ids, _ONLINE), draws.choice("till method", ids, _TILL))
    # Whoever subscribes or buys stored value online pays at once.
    method = np.where(online & (baskets.is_gift_card | (visits.subscription >= 0)), _WALLET, method)
    step = _STEPS[visits.country]
    coins = np.where(~online & (method == _CARD) & draws.chance("splits", ids, 0.03), rest // 3 // step * step, 0)
    paid = ~np.isin(fate, (DRAFT, SUSPENDED)) & ~((fate == VOID) & online) & ~((fate == CANCELLED) & ~online)
    card_online = online & (method == _CARD) & (fate != TEST)
    stops = fate == CANCELLED
    slow = (method == _TRANSFER) | (method == _ON_DELIVERY)
    settled = np.where(method == _ON_DELIVERY, outcomes.delivered, visits.at + DAY)
    settled = np.where(slow, np.where(stops, NEVER, settled), visits.at)
    settled = np.where((fate == TEST) | ~online, visits.at, settled)
    captured = np.where(outcomes.shipped < NEVER, outcomes.shipped, visits.at + 900)
    unlucky = online & draws.chance("declined", ids, 0.03) & paid
    main = np.maximum(rest - coins, 0)
    instants = visits.at
    parts = (
        (unlucky, 0, _SALE, _CARD, rest, 0, instants, NEVER, True),
        (paid & (by_points > 0), 1, _SALE, _POINTS, by_points, points, instants, instants, False),
        (paid & (by_gift > 0), 2, _SALE, _GIFT_CARD, by_gift, 0, instants, instants, False),
        (paid & (coins > 0), 3, _SALE, _CASH, coins, 0, instants, instants, False),
        (paid & (main > 0) & ~card_online, 4, _SALE, method, main, 0, instants, settled, False),
        (paid & (main > 0) & card_online, 5, _AUTHORISATION, _CARD, main, 0, instants + 20, instants + 20, False),
        (paid & (main > 0) & card_online & ~stops, 6, _CAPTURE, _CARD, main, 0, captured, captured, False),
        (paid & (main > 0) & card_online & stops, 6, _VOID, _CARD, main, 0, outcomes.ended, outcomes.ended, False),
    )
    return _stacked([np.broadcast_arrays(*part) for part in parts])


def _stacked(parts: list[tuple[np.ndarray, ...]]) -> Payments:
    kept = [np.flatnonzero(part[0]) for part in parts]
    order = np.concatenate(kept)
    columns = [np.concatenate([part[k][rows] for part, rows in zip(parts, kept, strict=True)]) for k in range(1, 9)]
    sort = np.lexsort((columns[0], order))
    nth, kind, method, amount, points, at, settled, fails = (column[sort] for column in columns)
    return Payments(order[sort], nth, kind, method, amount, points, at, settled, fails)


def _points(visits: Visits, baskets: Baskets, outcomes: Outcomes) -> tuple[Ints, Ints]:
    """Return the points spent on each order, and their worth.

    A card's points come only from its own till sales, at 0.6 points per euro, that were 60 to 270 days old and of
    which nothing came back. Each sale feeds one redemption at most, so no balance can fall below zero under a
    programme that gives a point per net euro, holds it back for 30 days and keeps it for a year.
    """
    count = len(visits)
    card = np.where(visits.person >= 0, visits.person * 2 + np.maximum(visits.card, 0), -1)
    at_till = visits.card >= 0
    kept = np.ones(count, dtype=np.bool_)
    kept[outcomes.refunds.order] = False
    earns = at_till & kept & (outcomes.fate == NORMAL) & ~baskets.is_gift_card & ~outcomes.points_wanted
    euro = baskets.total * 60 // _PER_EURO_HUNDREDTHS[visits.country] // 100
    earned = np.where(earns, np.maximum(euro - baskets.line_count, 0), 0)
    known = np.flatnonzero(card >= 0)
    order = known[np.lexsort((visits.at[known], card[known]))]
    span = np.int64(1) << 33
    moment = card[order] * span + visits.at[order]
    running = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(earned[order])])
    asks = np.flatnonzero(outcomes.points_wanted[order])
    until = moment[asks] - _RIPE
    previous = np.concatenate([np.zeros(1, dtype=np.int64), until[:-1]]) if len(asks) else until
    since = np.maximum(np.maximum(moment[asks] - _FRESH, previous), card[order][asks] * span)
    ripe = running[np.searchsorted(moment, until)] - running[np.searchsorted(moment, np.minimum(since, until))]
    points = np.zeros(count, dtype=np.int64)
    half = baskets.total[order[asks]] * 100 // _PER_EURO_HUNDREDTHS[visits.country[order[asks]]] // 2 // POINT_CENTS
    points[order[asks]] = np.minimum(ripe, half) // 20 * 20
    points = np.where(points >= _LEAST_POINTS, points, 0)
    step = _STEPS[visits.country]
    worth = points * POINT_CENTS * _PER_EURO_HUNDREDTHS[visits.country] // 100 // step * step
    return points, np.asarray(worth)
