"""Who and what belongs to a programme (chapter 2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.loyalty.history import Event, Line, Order, World
from tests.loyalty.reference.arithmetic import business_date
from tests.loyalty.rules import Scope, Version

Member = tuple[str, str]
"""Programme code and customer."""


class Membership:
    """Answers what falls in which programme. Scope rows of one date are found once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._rows: dict[dt.date, list[tuple[Scope, Version]]] = {}
        self.since = _member_since(world)

    def line_version(self, order: Order, line: Line) -> Version | None:
        """Return the version that a line falls in: the most specific scope row that holds for it."""
        date = business_date(order.at, self.world.zone)
        found = [
            (scope.specificity, version)
            for scope, version in self._rows_on(date)
            if _holds(scope.source_system, order.source_system)
            and _holds(scope.store_key, order.store_key)
            and _holds(scope.country_code, order.country_code)
            and _holds(scope.brand, line.brand)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def order_programme(self, order: Order) -> str | None:
        """Return the programme of an order's payments: the one with the largest gross amount of its lines."""
        gross: dict[str, Decimal] = {}
        for line in order.lines:
            version = self.line_version(order, line)
            if version:
                gross[version.programme_code] = gross.get(version.programme_code, Decimal(0)) + line.gross
        if gross:
            return min(gross, key=lambda code: (-gross[code], code))
        without_brand = self.line_version(order, Line("", Decimal(0), brand=None))
        return without_brand.programme_code if without_brand else None

    def event_version(self, event: Event) -> Version | None:
        """Return the version of the programme that an event names, or else of its source system's scope row (4.6)."""
        date = business_date(event.at, self.world.zone)
        if event.programme_code is not None:
            return self.world.rulebook.version(event.programme_code, date)
        found = [
            (scope.specificity, version)
            for scope, version in self._rows_on(date)
            if (scope.brand, scope.store_key, scope.country_code) == (None, None, None)
            and _holds(scope.source_system, event.source_system)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def is_member(self, member: Member, date: dt.date) -> bool:
        """Say whether somebody is a member on a date."""
        return member in self.since and self.since[member] <= date

    def _rows_on(self, date: dt.date) -> list[tuple[Scope, Version]]:
        if date not in self._rows:
            in_force = self.world.rulebook.in_force(date)
            self._rows[date] = [(scope, version) for version in in_force for scope in version.scopes]
        return self._rows[date]


def _holds(condition: str | None, value: str | None) -> bool:
    return condition is None or condition == value


def _member_since(world: World) -> dict[Member, dt.date]:
    """Date every membership by its earliest card: its issue, or the earliest account that quotes one not on record."""
    dates: dict[Member, dict[str, dict[str, dt.date]]] = {}
    for card in world.history.cards:
        date = business_date(card.created_at, world.zone)
        if date > world.as_of:
            continue
        for code, versions in world.rulebook.programmes.items():
            scopes = (scope for version in versions for scope in version.scopes)
            if any(
                _holds(scope.source_system, card.source_system) and _holds(scope.country_code, card.country_code)
                for scope in scopes
            ):
                by_type = dates.setdefault((code, card.customer), {}).setdefault(card.number, {})
                by_type[card.record_type] = min(date, by_type.get(card.record_type, date))
    return {
        member: min(by_type.get("loyalty_card", min(by_type.values())) for by_type in cards.values())
        for member, cards in dates.items()
    }
