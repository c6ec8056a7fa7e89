"""Hypothesis strategies of histories: what a few people do under a programme.

Histories are dense on purpose: few days, few times of day and few amounts, so that ties, thresholds met exactly, and
things on the first or last day of something are common.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.loyalty.history import Card, Event, History, Line, Order, Payment, Refund, World
from tests.loyalty.reference.arithmetic import add_months, day_start
from tests.loyalty.rules import Scope
from tests.loyalty.strategies import BRANDS, CATEGORIES, COUNTRIES, STORES, SYSTEMS, TYPES, pick, rulebooks

ATHENS = ZoneInfo("Europe/Athens")
AS_OF = dt.date(2025, 3, 31)
DAYS = tuple(
    dt.date.fromisoformat(day)
    for day in (
        "2024-01-31", "2024-01-01", "2023-12-31", "2024-02-29", "2024-03-01", "2023-01-31", "2023-02-28", "2022-09-30",
        "2022-12-31", "2023-03-25", "2023-03-26", "2023-10-28", "2023-10-29", "2023-06-30", "2024-03-31", "2024-04-01",
        "2024-05-31", "2024-08-31", "2024-12-31", "2025-01-01", "2025-02-28", "2025-03-31",
    )
)  # fmt: skip
"""Month ends, a leap day, the nights of the clock change, years' ends, the first and the last day of all."""
SHIFTS = (0, 0, 1, 14, 15, 30, 31, 45, 89, 90, -1)
TIMES = (dt.timedelta(hours=9), dt.timedelta(0), dt.timedelta(hours=2, minutes=30), dt.timedelta(seconds=-1))
UNITS = tuple(Decimal(text) for text in ("100", "37", "10", "100", "37", "0", "9.99", "60", "250", "0.05"))
CENT = Decimal("0.01")
SHARES = tuple(Decimal(text) for text in ("1", "0.5", "0.25", "0.3333"))


@st.composite
def worlds(draw: st.DrawFn, zone: ZoneInfo = ATHENS, as_of: dt.date = AS_OF, is_open: bool = False) -> World:
    """Draw rules and the history of one or two people."""
    rulebook = draw(rulebooks(is_open))
    days = draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=5, unique=True))
    history = History()
    scopes = [scope for version in rulebook.versions for scope in version.scopes]
    for customer in "abc"[: pick(draw, [2, 1, 3])]:
        history += draw(_Person(customer, days, scopes, zone, as_of).histories())
    return World(rulebook, history, as_of, zone)


class _Person:
    """Draws what one person does, around some days of the world."""

    def __init__(self, customer: str, days: list[dt.date], scopes: list[Scope], zone: ZoneInfo, as_of: dt.date) -> None:
        self.customer = customer
        self.days = days
        self.scopes = scopes
        self.zone = zone
        self.as_of = as_of

    def histories(self) -> st.SearchStrategy[History]:
        """Return the strategy of everything that the person does."""

        @st.composite
        def history(draw: st.DrawFn) -> History:
            cards = tuple(self._card(draw, number) for number in range(pick(draw, [1, 1, 1, 2, 2, 0])))
            orders = tuple(self._order(draw, number) for number in range(pick(draw, [6, 4, 8, 2, 10, 1])))
            lines = [(order, line) for order in orders for line in order.lines]
            refunds = tuple(
                refund for order, line in lines for refund in self._refunds(draw, order, line, st.sampled_from(SHARES))
            )
            payments = tuple(
                self._payment(draw, pick(draw, orders), number) for number in range(pick(draw, [2, 1, 4, 0, 3]))
            )
            numbers = range(pick(draw, [2, 1, 4, 0, 6]))
            events = tuple(self._event(draw, payments, number) for number in numbers)
            return History(cards, orders, refunds, payments, events)

        return history()

    def _instant(self, draw: st.DrawFn) -> dt.datetime:
        """Draw an instant of the world's days, or of days a pending period, a month or a year later."""
        day = pick(draw, self.days) + dt.timedelta(days=pick(draw, SHIFTS))
        day = min(add_months(day, pick(draw, [0, 0, 0, 1, 3, 12])), self.as_of)
        return day_start(day, self.zone) + pick(draw, TIMES)

    def _place(self, draw: st.DrawFn) -> Scope:
        """Draw where something happens: mostly inside of a scope row."""
        scope = pick(draw, [*self.scopes, Scope()])
        return Scope(
            scope.source_system or pick(draw, SYSTEMS),
            scope.store_key or pick(draw, STORES),
            scope.country_code or pick(draw, COUNTRIES),
            scope.brand or pick(draw, BRANDS),
        )

    def _card(self, draw: st.DrawFn, number: int) -> Card:
        place = self._place(draw)
        assert place.source_system
        return Card(
            f"{self.customer}.c{pick(draw, [number, number, 0])}",
            self.customer,
            place.source_system,
            day_start(pick(draw, [dt.date(2022, 1, 31), *self.days[:2], dt.date(2020, 2, 29)]), self.zone),
            pick(draw, [place.country_code, place.country_code, None]),
            pick(draw, ["loyalty_card", "loyalty_card", "eshop_account"]),
        )

    def _order(self, draw: st.DrawFn, number: int) -> Order:
        key = f"{self.customer}.o{number}"
        place = self._place(draw)
        system = place.source_system or SYSTEMS[0]
        includes_tax = pick(draw, [True, True, False])
        return Order(
            key,
            self.customer,
            system,
            self._instant(draw),
            tuple(
                self._line(draw, f"{key}.{part}", includes_tax, place.brand if part == 0 else None)
                for part in range(pick(draw, [1, 1, 2, 3]))
            ),
            place.store_key if system == "till" else None,
            place.country_code,
            "store" if system == "till" else "online",
            pick(draw, [Decimal(1), Decimal(1), Decimal("1.1"), Decimal("0.0333")]),
            includes_tax,
            pick(draw, range(10)) < 9,
        )

    def _line(self, draw: st.DrawFn, key: str, includes_tax: bool, brand: str | None) -> Line:
        gross = pick(draw, UNITS)
        discount = (pick(draw, [Decimal(0), Decimal(0), Decimal("0.5")]) * gross).quantize(CENT)
        goods = gross - discount
        tax = (goods * pick(draw, [Decimal(0), Decimal("0.24")])).quantize(CENT)
        payable = goods if includes_tax else goods + tax
        return Line(
            key,
            gross,
            discount,
            tax,
            (payable * pick(draw, [Decimal(0)] * 4 + [Decimal("0.25"), Decimal(1)])).quantize(CENT),
            pick(draw, range(10)) == 9,
            pick(draw, CATEGORIES),
            pick(draw, TYPES),
            brand,
        )

    def _refunds(self, draw: st.DrawFn, order: Order, line: Line, shares: st.SearchStrategy[Decimal]) -> list[Refund]:
        """Draw refunds of a line: mostly after it, in up to three steps, together more than it at times."""
        found = []
        for number, share in enumerate(draw(st.lists(shares, max_size=pick(draw, [1, 0, 3, 0])))):
            at = self._instant(draw)
            if pick(draw, range(10)):
                later = order.at + dt.timedelta(days=pick(draw, (1, 0, 14, 30, 100)))
                at = min(
                    max(at, order.at) if pick(draw, (False, False, True)) else later, day_start(self.as_of, self.zone)
                )
            amount = (line.goods * share).quantize(Decimal("0.0001"))
            found.append(Refund(f"{line.order_line_key}.r{number}", line.order_line_key, at, amount))
        return found

    def _payment(self, draw: st.DrawFn, order: Order, number: int) -> Payment:
        at = pick(draw, [order.at, order.at, self._instant(draw)])
        amount = pick(draw, [Decimal(text) for text in ("1", "0.5", "12.34", "0.0001")])
        points = pick(draw, [None, 30, 75, 1, 200, 0])
        return Payment(f"{self.customer}.p{number}", order.order_key, at, points, amount, pick(draw, range(10)) < 9)

    def _event(self, draw: st.DrawFn, payments: tuple[Payment, ...], number: int) -> Event:
        kinds = ["bonus", "adjust", "referral"] + ["redeem_reversal"] * 5 * bool(payments)
        kind = pick(draw, kinds)
        is_reversal = kind == "redeem_reversal"
        payment = pick(draw, payments) if is_reversal else None
        at = self._instant(draw)
        if payment and pick(draw, (True, True, False)):
            days = dt.timedelta(days=pick(draw, (1, 0, 40, 100, 400)))
            at = min(payment.at + days, day_start(self.as_of, self.zone))
        expires_on = pick(draw, [None, None, at.date() + dt.timedelta(days=30), dt.date(2023, 1, 1)])
        return Event(
            f"{self.customer}.e{number}",
            kind,
            self.customer,
            pick(draw, SYSTEMS),
            at,
            -pick(draw, [20, 100]) if kind == "adjust" and pick(draw, (False, True))
            else pick(draw, [20, 100, 5]),
            pick(draw, ["club", None, "plus"]),
            payment.payment_key if payment else None,
            None if is_reversal else expires_on,
            pick(draw, (False, True)),
            pick(draw, range(10)) == 9,
        )  # fmt: skip
