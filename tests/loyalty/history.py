"""What happens to members, as plain values: the facts that the loyalty models read.

Instants are UTC without a zone. `customer` is the person whom the record speaks of before any merge.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.loyalty.rules import Rulebook


@dataclass(frozen=True)
class Card:
    """A loyalty card (`loyalty_card`), or an e-shop account that quotes a card number (`eshop_account`)."""

    number: str
    customer: str
    source_system: str
    created_at: dt.datetime
    country_code: str | None = None
    record_type: str = "loyalty_card"


@dataclass(frozen=True)
class Line:
    """An order line. `paid_by_points` is its part of what the order paid with points, in the order's currency."""

    order_line_key: str
    gross: Decimal
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    paid_by_points: Decimal = Decimal(0)
    is_gift_card: bool = False
    category: str | None = None
    product_type: str | None = None
    brand: str | None = None

    @property
    def goods(self) -> Decimal:
        """Gross less discount."""
        return self.gross - self.discount


@dataclass(frozen=True)
class Order:
    """An order with its lines. `exchange_rate` turns its currency into the reporting currency."""

    order_key: str
    customer: str | None
    source_system: str
    at: dt.datetime
    lines: tuple[Line, ...]
    store_key: str | None = None
    country_code: str | None = None
    channel: str = "store"
    exchange_rate: Decimal = Decimal(1)
    prices_include_tax: bool = True
    is_valid: bool = True


@dataclass(frozen=True)
class Refund:
    """A refund line."""

    refund_line_key: str
    order_line_key: str
    at: dt.datetime
    amount: Decimal


@dataclass(frozen=True)
class Payment:
    """A payment with points. `points` is None when the source gives only money."""

    payment_key: str
    order_key: str
    at: dt.datetime
    points: int | None = None
    amount: Decimal = Decimal(0)
    moves_money: bool = True


@dataclass(frozen=True)
class Event:
    """A row of the open door's `loyalty_events`. `payment_key` is what a reversal names."""

    event_key: str
    event_type: str
    customer: str
    source_system: str
    at: dt.datetime
    points: int
    programme_code: str | None = None
    payment_key: str | None = None
    expires_on: dt.date | None = None
    counts_for_tier: bool = False
    is_deleted: bool = False


@dataclass(frozen=True)
class History:
    """Everything that happened, to everybody, in any order."""

    cards: tuple[Card, ...] = ()
    orders: tuple[Order, ...] = ()
    refunds: tuple[Refund, ...] = ()
    payments: tuple[Payment, ...] = ()
    events: tuple[Event, ...] = ()

    def __add__(self, other: History) -> History:
        """Put two histories together."""
        return History(
            self.cards + other.cards, self.orders + other.orders, self.refunds + other.refunds,
            self.payments + other.payments, self.events + other.events,
        )  # fmt: skip

    def of(self, people: dict[str, str]) -> History:
        """Return the history after merges: what is said of the key person is now said of the other."""
        return replace(
            self,
            cards=tuple(replace(card, customer=people.get(card.customer, card.customer)) for card in self.cards),
            orders=tuple(
                replace(order, customer=people.get(order.customer, order.customer)) if order.customer else order
                for order in self.orders
            ),
            events=tuple(replace(event, customer=people.get(event.customer, event.customer)) for event in self.events),
        )


@dataclass(frozen=True)
class World:
    """Rules, a history, and the night for which they are reckoned."""

    rulebook: Rulebook
    history: History
    as_of: dt.date
    zone: ZoneInfo = field(default=ZoneInfo("Europe/Athens"))
    merged: tuple[tuple[str, str], ...] = ()
    """Ids that live on in another one: (former, living). The history has been told with the living ones."""
