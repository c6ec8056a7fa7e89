"""Many worlds in one: everything that has a name gets the name of its world in front.

A run of the SQL costs about the same for one member as for hundreds, so that worlds are compared together. They meet
only through what a programme leaves open: a scope row without a source system and a country enrols everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tests.loyalty.history import History, World
from tests.loyalty.rules import Rulebook, Scope, Version


def pack(worlds: Iterable[World]) -> World:
    """Put worlds of one night and time zone together."""
    named = [_named(world, f"w{number:03d}-") for number, world in enumerate(worlds)]
    versions = tuple(version for world in named for version in world.rulebook.versions)
    history = History()
    for world in named:
        history += world.history
    merged = tuple(pair for world in named for pair in world.merged)
    return replace(named[0], rulebook=Rulebook(versions), history=history, merged=merged)


def is_open(world: World) -> bool:
    """Say whether a row enrols everybody, so that the world does not share a pack with another such one."""
    return any(
        (scope.source_system, scope.country_code) == (None, None)
        for version in world.rulebook.versions
        for scope in version.scopes
    )


def packs(worlds: Iterable[World], size: int) -> list[list[World]]:
    """Share worlds out over packs, at most one of them open in each."""
    found: list[list[World]] = [[]]
    for world in worlds:
        if len(found[-1]) >= size or (is_open(world) and any(is_open(other) for other in found[-1])):
            found.append([])
        found[-1].append(world)
    return found


def _named(world: World, name: str) -> World:
    return replace(
        world,
        rulebook=Rulebook(tuple(_version(version, name) for version in world.rulebook.versions)),
        history=_history(world.history, name),
        merged=tuple((name + former, name + living) for former, living in world.merged),
    )


def _with(name: str, value: str | None) -> str | None:
    return None if value is None else name + value


def _version(version: Version, name: str) -> Version:
    scopes = tuple(
        Scope(
            _with(name, scope.source_system),
            _with(name, scope.store_key),
            _with(name, scope.country_code),
            _with(name, scope.brand),
        )
        for scope in version.scopes
    )
    rules = tuple(replace(rule, brand=_with(name, rule.brand)) for rule in version.earn_rules)
    return replace(
        version,
        programme_code=name + version.programme_code,
        rule_version=name + version.rule_version,
        scopes=scopes,
        earn_rules=rules,
    )


def _history(history: History, name: str) -> History:
    return History(
        tuple(
            replace(
                card, number=name + card.number, customer=name + card.customer,
                source_system=name + card.source_system, country_code=_with(name, card.country_code),
            )
            for card in history.cards
        ),
        tuple(
            replace(
                order, order_key=name + order.order_key, customer=_with(name, order.customer),
                source_system=name + order.source_system, store_key=_with(name, order.store_key),
                country_code=_with(name, order.country_code),
                lines=tuple(
                    replace(line, order_line_key=name + line.order_line_key, brand=_with(name, line.brand))
                    for line in order.lines
                ),
            )
            for order in history.orders
        ),
        tuple(
            replace(
                refund, refund_line_key=name + refund.refund_line_key, order_line_key=name + refund.order_line_key
            )
            for refund in history.refunds
        ),
        tuple(
            replace(payment, payment_key=name + payment.payment_key, order_key=name + payment.order_key)
            for payment in history.payments
        ),
        tuple(
            replace(
                event, event_key=name + event.event_key, customer=name + event.customer,
                source_system=name + event.source_system, programme_code=_with(name, event.programme_code),
                payment_key=_with(name, event.payment_key),
            )
            for event in history.events
        ),
    )  # fmt: skip
