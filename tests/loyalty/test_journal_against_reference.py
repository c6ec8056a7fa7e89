"""The ledger's two clocks: what each night appends equals the difference of two plays, and carries its cause.

Every chronicle has one kind of disturbance, so that the cause of all that is restated is known beforehand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.loyalty.drawing import draw_worlds
from tests.loyalty.history import History, World
from tests.loyalty.history_strategies import worlds
from tests.loyalty.packing import pack
from tests.loyalty.reference.arithmetic import business_date
from tests.loyalty.reference.journal import Posting, journal
from tests.loyalty.reference.membership import Member
from tests.loyalty.rules import Rulebook, Version
from tests.loyalty.warehouse import Compiled, Warehouse, compile_models

NIGHTS = (dt.date(2024, 2, 29), dt.date(2024, 3, 31), dt.date(2024, 9, 1), dt.date(2025, 3, 31))
"""Nothing is disturbed on the first and the last of them."""
RESTATED = ("late_file", "source_correction", "rule_change", "merge", "split")
CAUSES = (*RESTATED, "on_time")
PEOPLE = {"b": "a", "c": "a"}


@pytest.fixture(scope="module")
def appending(compiled_loyalty: Compiled, tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Compiled:
    """The same models, of which the journals exist already."""
    journals = [model.relation for model in compiled_loyalty.models if model.is_journal]
    return compile_models(tmp_path_factory.mktemp("journals"), journals, shared)


def test_every_night_posts_the_difference_and_says_why(compiled_loyalty: Compiled, appending: Compiled) -> None:
    drawn = draw_worlds(chronicles(), 48, 7)
    nights = [
        pack(_as_known(world, night, _cause_of(number)) for number, world in enumerate(drawn)) for night in NIGHTS
    ]
    warehouse = Warehouse(compiled_loyalty)
    warehouse.run_nights(nights, appending)
    postings = journal(nights)
    packed = pack(drawn).history
    moved, early = _moved(packed, postings), _paid_early(packed)
    expected = {_place(posting): _cause(posting, moved, early) for posting in postings}
    columns = "posted_date, movement_id, programme_code, customer_id, points, posting_cause"
    actual = {tuple(place): cause for *place, cause in warehouse.rows("fct_points_ledger", columns)}
    assert sorted(expected, key=str) == sorted(actual, key=str)
    assert len(actual) == len(warehouse.rows("fct_points_ledger", "movement_id"))
    told = {place: cause for place, cause in actual.items() if expected[place] is not None}
    clear = {place: cause for place, cause in expected.items() if cause is not None}
    assert [(*place, told[place], cause) for place, cause in clear.items() if told[place] != cause] == []
    assert {actual[place] for place, cause in expected.items() if cause is None} <= set(RESTATED)
    assert set(told.values()) >= {"opening", "on_time", "source_correction", "rule_change", "merge", "split"}


def _paid_early(history: History) -> set[str]:
    """Return the movements that may be older than the order or the card which brings them, and that is on time."""
    last_card = {card.customer: card.created_at for card in sorted(history.cards, key=lambda card: card.created_at)}
    from_then_on = {
        order.order_key: max(order.at, last_card.get(order.customer or "", order.at)) for order in history.orders
    }
    early = {payment.payment_key for payment in history.payments if payment.at < from_then_on[payment.order_key]}
    reversals = {event.event_key for event in history.events if event.payment_key in early}
    return {f"redeem:{key}" for key in early} | {f"redeem_reversal:{key}" for key in reversals}


def _place(posting: Posting) -> tuple[object, ...]:
    return (posting.posted_date, posting.movement_id, *posting.member, posting.points)


def _moved(history: History, postings: list[Posting]) -> set[str]:
    """Return the movements that a merge or a split takes to another person: of several members, or of their orders."""
    members: dict[str, set[Member]] = {}
    for posting in postings:
        members.setdefault(posting.movement_id, set()).add(posting.member)
    keys = {payment.payment_key: payment.order_key for payment in history.payments}
    keys |= {event.event_key: keys[event.payment_key] for event in history.events if event.payment_key in keys}
    lines = {line.order_line_key: order.order_key for order in history.orders for line in order.lines}
    keys |= lines | {refund.refund_line_key: lines[refund.order_line_key] for refund in history.refunds}
    theirs = {order.order_key for order in history.orders if (order.customer or "").split("-")[-1] in PEOPLE}
    return {
        movement
        for movement, of_members in members.items()
        if len(of_members) > 1 or keys.get(movement.split(":", 1)[1]) in theirs
    }


def _cause_of(number: int) -> str:
    return CAUSES[number % len(CAUSES)]


def _cause(posting: Posting, moved: set[str], early: set[str]) -> str | None:
    """Return the cause that a posting has to carry: the one that its world is disturbed by.

    None where several would be true: an expiry, which has the strongest of its member's causes; what a merge or a
    split does to what was neither bought nor paid by the person who moves; and what no disturbance did, such as a card
    that takes the place of an account and begins a membership anew.
    """
    if posting.posted_date == NIGHTS[0]:
        return "opening"
    if posting.is_new and posting.movement_date > NIGHTS[NIGHTS.index(posting.posted_date) - 1]:
        return "on_time"
    cause = _cause_of(int(posting.member[0][1:4]))
    is_derived = posting.movement_id.startswith("expire") or posting.movement_id in early
    if is_derived or posting.posted_date != NIGHTS[1]:
        return None
    return cause if cause not in ("merge", "split") or posting.movement_id in moved else None


def chronicles() -> st.SearchStrategy[World]:
    """Worlds whose last night is the last of ours."""
    return worlds(as_of=NIGHTS[-1])


def _as_known(world: World, night: dt.date, cause: str) -> World:
    """Tell a world as a night knows it: disturbed from the second night on, or, for late files and splits, until it."""
    world = replace(world, as_of=night)
    is_first = night == NIGHTS[0]
    match cause:
        case "late_file" if is_first:
            return replace(world, history=_without_late(world.history, world))
        case "source_correction" if not is_first:
            return replace(world, history=_corrected(world.history))
        case "rule_change" if not is_first:
            return replace(world, rulebook=Rulebook(tuple(map(_dearer, world.rulebook.versions))))
        case "merge" if not is_first:
            return replace(world, history=world.history.of(PEOPLE), merged=tuple(PEOPLE.items()))
        case "split" if is_first:
            return replace(world, history=world.history.of(PEOPLE), merged=tuple(PEOPLE.items()))
    return world


def _without_late(history: History, world: World) -> History:
    """Leave out every second order of before the first night: its file comes late."""
    late = {
        order.order_key
        for number, order in enumerate(sorted(history.orders, key=lambda order: order.order_key))
        if number % 2 and business_date(order.at, world.zone) <= NIGHTS[0]
    }
    lines = {line.order_line_key for order in history.orders if order.order_key in late for line in order.lines}
    return replace(
        history,
        orders=tuple(order for order in history.orders if order.order_key not in late),
        refunds=tuple(refund for refund in history.refunds if refund.order_line_key not in lines),
        payments=tuple(payment for payment in history.payments if payment.order_key not in late),
    )


def _corrected(history: History) -> History:
    """Say another price of every order's lines."""
    return replace(
        history,
        orders=tuple(
            replace(order, lines=tuple(replace(line, gross=line.gross * 2) for line in order.lines))
            for order in history.orders
        ),
    )


def _dearer(version: Version) -> Version:
    rules = tuple(
        replace(rule, points=rule.points + Decimal("0.5")) if rule.rule_type == "rate" else rule
        for rule in version.earn_rules
    )
    return replace(version, earn_rules=rules)
