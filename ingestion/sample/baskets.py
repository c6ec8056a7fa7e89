"""What is bought and for how much: lines, discounts, shipping, tax, to the cent.

Belongs here: the money of an order as placed. Does not belong here: payments, refunds and states (`outcomes`).
Amounts are hundredths of the currency; those in forints are whole forints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.sample.catalogue import (
    COUNTRIES,
    FIRST_GIFT_CARD,
    GIFT_CARD_PRICES,
    ORDINARY,
    PAIRS,
    PRODUCTS,
    SUBSCRIPTION,
    price_table,
)
from ingestion.sample.draws import Bools, Draws, Floats, Ints
from ingestion.sample.people import People
from ingestion.sample.period import Period
from ingestion.sample.visits import Visits

_LINES: Final = (36, 25, 15, 9, 6, 4, 2, 2, 1)
_QUANTITIES: Final = (82, 13, 4, 1)
PAIR_CHANCE: Final = 0.6
NO_DISCOUNT, COUPON, LOYALTY, MANUAL = range(4)
_STEPS: Final = np.array([country.step for country in COUNTRIES], dtype=np.int64)
_TAX: Final = np.array([country.tax_percent for country in COUNTRIES], dtype=np.int64)


@dataclass(frozen=True)
class Lines:
    """One entry per line, ordered by order and line."""

    order: Ints
    """Position of the visit."""
    nth: Ints
    product: Ints
    quantity: Ints
    price: Ints
    gross: Ints
    discount: Ints
    """Given to this line by the system itself."""
    tax: Ints
    floor: Ints
    """The least that the line can be worth, however the order's own discount is spread over the lines."""


@dataclass(frozen=True)
class Baskets:
    """One entry per visit, and the lines."""

    lines: Lines
    first_line: Ints
    line_count: Ints
    order_discount: Ints
    discount_kind: Ints
    discount: Ints
    """All of it: of the lines and of the order."""
    shipping: Ints
    tax: Ints
    total: Ints
    is_gift_card: Bools


def draw_baskets(draws: Draws, visits: Visits, people: People, period: Period) -> Baskets:
    """Return what every visit buys."""
    ids = visits.number
    kind = draws.uniform("basket kind", ids)
    gift = (kind < 0.016) & (visits.subscription < 0)
    counts = 1 + draws.choice("line count", ids, _LINES)
    counts = np.where(gift | (visits.subscription >= 0), 1, counts)
    order = np.repeat(np.arange(len(ids), dtype=np.int64), counts)
    first = np.cumsum(counts) - counts
    nth = np.arange(len(order)) - first[order]
    line_ids = ids[order] * 16 + nth
    taste = np.where(visits.person >= 0, people.taste[visits.person], draws.uniform("stranger's taste", ids))
    product = _products(draws, order, nth, line_ids, first, taste)
    product = np.where(visits.subscription[order] >= 0, SUBSCRIPTION, product)
    gift_product = FIRST_GIFT_CARD + draws.below("gift card", ids, len(GIFT_CARD_PRICES))
    product = np.where(gift[order], gift_product[order], product)
    single = gift[order] | (visits.subscription[order] >= 0)
    quantity = np.where(single, 1, 1 + draws.choice("quantity", line_ids, _QUANTITIES))
    year = period.year_of_day[np.minimum(period.day_of(visits.at), len(period.year_of_day) - 1)]
    prices = price_table(int(period.year_of_day[-1]) + 1)
    price = prices[year[order], visits.country[order], product]
    return _money(draws, visits, order, nth, first, counts, product, quantity, price, gift)


def _products(draws: Draws, order: Ints, nth: Ints, line_ids: Ints, first: Ints, taste: Floats) -> Ints:
    """Return a product per line: popular ones more often, neighbours together, no product twice in an order."""
    luck = draws.uniform("first product", line_ids[first][order])
    home = (taste[order] * ORDINARY).astype(np.int64)
    start = (luck * luck * ORDINARY).astype(np.int64) + np.where(luck > 0.5, home, 0)
    stride = 1 + draws.below("next product", line_ids, 30)
    walked = np.cumsum(np.where(nth == 0, 0, stride))
    walk = (start + walked - walked[first][order]) % ORDINARY
    return _paired(draws, walk, order, nth, line_ids, first)


def _paired(draws: Draws, product: Ints, order: Ints, nth: Ints, line_ids: Ints, first: Ints) -> Ints:
    """Return the products with the partner of the first as the second, where a pair is planted and not yet there."""
    partners = np.full(PRODUCTS, -1, dtype=np.int64)
    partners[[one for one, _ in PAIRS]] = [other for _, other in PAIRS]
    partner = partners[product[first]][order]
    has_partner = np.logical_or.reduceat(product == partner, first)[order]
    takes = (nth == 1) & (partner >= 0) & ~has_partner & draws.chance("partner", line_ids, PAIR_CHANCE)
    return np.asarray(np.where(takes, partner, product))


def _money(
    draws: Draws,
    visits: Visits,
    order: Ints,
    nth: Ints,
    first: Ints,
    counts: Ints,
    product: Ints,
    quantity: Ints,
    price: Ints,
    gift: Bools,
) -> Baskets:
    step = _STEPS[visits.country]
    gross = quantity * price
    line_discount = _line_discounts(draws, visits, order, nth, gross, gift)
    lines_net = np.add.reduceat(gross - line_discount, first)
    kind, order_discount = _order_discounts(draws, visits, lines_net, gift, step)
    shares = _shares(order_discount, gross - line_discount, lines_net, order, first, step)
    taxed = np.where(gift[order], 0, gross - line_discount - shares)
    percent = _TAX[visits.country][order]
    tax = taxed * percent // (100 + percent)
    tax = tax // step[order] * step[order]
    goods = lines_net - order_discount
    shipping = _shipping(visits, goods, gift)
    # However a discount is spread (by net or by gross, by largest remainder), a line carries no more than this.
    lines_gross = np.add.reduceat(gross, first)
    by_gross = -(-(order_discount[order] * gross) // np.maximum(lines_gross[order], 1))
    by_net = -(-(order_discount[order] * (gross - line_discount)) // np.maximum(lines_net[order], 1))
    most = np.where(counts[order] == 1, order_discount[order], np.maximum(by_gross, by_net) + step[order])
    most = np.where(order_discount[order] == 0, 0, most)
    floor = np.maximum(gross - line_discount - most, 0) // step[order] * step[order]
    lines = Lines(order, nth, product, quantity, price, gross, line_discount, tax, floor)
    return Baskets(
        lines=lines,
        first_line=first,
        line_count=counts,
        order_discount=order_discount,
        discount_kind=kind,
        discount=order_discount + np.add.reduceat(line_discount, first),
        shipping=shipping,
        tax=np.add.reduceat(tax, first),
        total=goods + shipping,
        is_gift_card=gift,
    )


def _line_discounts(draws: Draws, visits: Visits, order: Ints, nth: Ints, gross: Ints, gift: Bools) -> Ints:
    """Return the promotion of each line: some orders see one, and then most of their lines carry it."""
    ids = visits.number
    promoted = draws.chance("promotion", ids, 0.2) & ~gift & (visits.subscription < 0)
    percent = (1 + draws.choice("promotion percent", ids, (3, 5, 2, 1))) * 10
    carries = promoted[order] & draws.chance("line promotion", ids[order] * 16 + nth, 0.7)
    step = _STEPS[visits.country][order]
    return np.asarray(np.where(carries, gross * percent[order] // 100 // step * step, 0))


def _order_discounts(draws: Draws, visits: Visits, lines_net: Ints, gift: Bools, step: Ints) -> tuple[Ints, Ints]:
    ids = visits.number
    luck = draws.uniform("order discount", ids)
    allowed = ~gift & (visits.subscription < 0)
    kind = np.where(
        visits.online,
        np.where(luck < 0.09, COUPON, np.where(luck < 0.11, LOYALTY, NO_DISCOUNT)),
        np.where(luck < 0.02, MANUAL, np.where((luck < 0.05) & (visits.card >= 0), LOYALTY, NO_DISCOUNT)),
    )
    kind = np.where(allowed, kind, NO_DISCOUNT)
    percent = np.array([0, 10, 5, 8], dtype=np.int64)[kind]
    percent = np.where((kind == COUPON) & (luck < 0.03), 15, percent)
    return kind, np.asarray(lines_net * percent // 100 // step * step)


def _shares(discount: Ints, net: Ints, total: Ints, order: Ints, first: Ints, step: Ints) -> Ints:
    """Return the order's discount spread over its lines by net amount; what is left by rounding goes to the first."""
    shares = discount[order] * net // np.maximum(total[order], 1) // step[order] * step[order]
    shares[first] += discount - np.add.reduceat(shares, first)
    return np.asarray(shares)


def _shipping(visits: Visits, goods: Ints, gift: Bools) -> Ints:
    fee = np.array([country.shipping for country in COUNTRIES], dtype=np.int64)[visits.country]
    free_from = np.array([country.free_shipping_from for country in COUNTRIES], dtype=np.int64)[visits.country]
    charged = visits.online & ~gift & (goods < free_from) & (visits.subscription < 0)
    return np.asarray(np.where(charged, fee, 0))
