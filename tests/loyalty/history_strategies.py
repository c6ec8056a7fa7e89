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
from tests.loyalty.strategies import BRANDS, CATEGORIES, COUNTRIES, STORES, SYSTEMS, TYPES, rulebooks

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
    for customer in "abc"[: draw(st.sampled_from([2, 1, 3]))]:
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
            cards = tuple(self._card(draw, number) for number in range(draw(st.sampled_from([1, 1, 1, 2, 2, 0]))))
            orders = tuple(self._order(draw, number) for number in range(draw(st.sampled_from([6, 4, 8, 2, 10, 1]))))
            lines = [(order, line) for order in orders for line in order.lines]
            refunds = tuple(
                refund for order, line in lines for refund in self._refunds(draw, order, line, st.sampled_from(SHARES))
            )
            payments = tuple(
                self._payment(draw, draw(st.sampled_from(orders)), number)
                for number in range(draw(st.sampled_from([2, 1, 4, 0, 3])))
            )
            numbers = range(draw(st.sampled_from([2, 1, 4, 0, 6])))
            events = tuple(self._event(draw, payments, number) for number in numbers)
            return History(cards, orders, refunds, payments, events)

        return history()

    def _instant(self, draw: st.DrawFn) -> dt.datetime:
        """Draw an instant of the world's days, or of days a pending period, a month or a year later."""
        day = draw(st.sampled_from(self.days)) + dt.timedelta(days=draw(st.sampled_from(SHIFTS)))
        day = min(add_months(day, draw(st.sampled_from([0, 0, 0, 1, 3, 12]))), self.as_of)
        return day_start(day, self.zone) + draw(st.sampled_from(TIMES))

    def _place(self, draw: st.DrawFn) -> Scope:
        """Draw where something happens: mostly inside of a scope row."""
        scope = draw(st.sampled_from([*self.scopes, Scope()]))
        return Scope(
            scope.source_system or draw(st.sampled_from(SYSTEMS)),
            scope.store_key or draw(st.sampled_from(STORES)),
            scope.country_code or draw(st.sampled_from(COUNTRIES)),
            scope.brand or draw(st.sampled_from(BRANDS)),
        )

    def _card(self, draw: st.DrawFn, number: int) -> Card:
        place = self._place(draw)
        assert place.source_system
        return Card(
            f"{self.customer}.c{number}",
            self.customer,
            place.source_system,
            day_start(draw(st.sampled_from([dt.date(2022, 1, 31), *self.days[:2], dt.date(2020, 2, 29)])), self.zone),
            draw(st.sampled_from([place.country_code, place.country_code, None])),
            draw(st.sampled_from(["loyalty_card", "loyalty_card", "eshop_account"])),
        )

    def _order(self, draw: st.DrawFn, number: int) -> Order:
        key = f"{self.customer}.o{number}"
        place = self._place(draw)
        system = place.source_system or SYSTEMS[0]
        includes_tax = draw(st.sampled_from([True, True, False]))
        return Order(
            key,
            self.customer,
            system,
            self._instant(draw),
            tuple(
                self._line(draw, f"{key}.{part}", includes_tax, place.brand if part == 0 else None)
                for part in range(draw(st.sampled_from([1, 1, 2, 3])))
            ),
            place.store_key if system == "till" else None,
            place.country_code,
            "store" if system == "till" else "online",
            draw(st.sampled_from([Decimal(1), Decimal(1), Decimal("1.1"), Decimal("0.0333")])),
            includes_tax,
            draw(st.integers(0, 9)) < 9,
        )

    def _line(self, draw: st.DrawFn, key: str, includes_tax: bool, brand: str | None) -> Line:
        gross = draw(st.sampled_from(UNITS))
        discount = (draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.5")])) * gross).quantize(CENT)
        goods = gross - discount
        tax = (goods * draw(st.sampled_from([Decimal(0), Decimal("0.24")]))).quantize(CENT)
        payable = goods if includes_tax else goods + tax
        return Line(
            key,
            gross,
            discount,
            tax,
            (payable * draw(st.sampled_from([Decimal(0)] * 4 + [Decimal("0.25"), Decimal(1)]))).quantize(CENT),
            draw(st.integers(0, 9)) == 9,
            draw(st.sampled_from(CATEGORIES)),
            draw(st.sampled_from(TYPES)),
            brand,
        )

    def _refunds(self, draw: st.DrawFn, order: Order, line: Line, shares: st.SearchStrategy[Decimal]) -> list[Refund]:
        """Draw refunds of a line: mostly after it, in up to three steps, together more than it at times."""
        found = []
        for number, share in enumerate(draw(st.lists(shares, max_size=draw(st.sampled_from([0, 0, 1, 3]))))):
            at = self._instant(draw)
            if at < order.at and draw(st.integers(0, 9)):
                at = min(order.at + (order.at - at), day_start(self.as_of, self.zone))
            amount = (line.goods * share).quantize(Decimal("0.0001"))
            found.append(Refund(f"{line.order_line_key}.r{number}", line.order_line_key, at, amount))
        return found

    def _payment(self, draw: st.DrawFn, order: Order, number: int) -> Payment:
        at = draw(st.sampled_from([order.at, order.at, self._instant(draw)]))
        amount = draw(st.sampled_from([Decimal(text) for text in ("1", "0.5", "12.34", "0.0001")]))
        points = draw(st.sampled_from([None, 30, 75, 1, 200, 0]))
        return Payment(f"{self.customer}.p{number}", order.order_key, at, points, amount, draw(st.integers(0, 9)) < 9)

    def _event(self, draw: st.DrawFn, payments: tuple[Payment, ...], number: int) -> Event:
        kinds = ["bonus", "adjust", "referral"] + ["redeem_reversal"] * 5 * bool(payments)
        kind = draw(st.sampled_from(kinds))
        is_reversal = kind == "redeem_reversal"
        at = self._instant(draw)
        expires_on = draw(st.sampled_from([None, None, at.date() + dt.timedelta(days=30), dt.date(2023, 1, 1)]))
        return Event(
            f"{self.customer}.e{number}",
            kind,
            self.customer,
            draw(st.sampled_from(SYSTEMS)),
            at,
            -draw(st.sampled_from([20, 100])) if kind == "adjust" and draw(st.booleans())
            else draw(st.sampled_from([20, 100, 5])),
            draw(st.sampled_from(["club", None, "plus"])),
            draw(st.sampled_from(payments)).payment_key if is_reversal else None,
            None if is_reversal else expires_on,
            draw(st.booleans()),
            draw(st.integers(0, 9)) == 9,
        )  # fmt: skip
