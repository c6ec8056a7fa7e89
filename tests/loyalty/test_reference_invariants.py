"""What holds for every programme and history, whatever the rules are: the reference is held to it as well."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.loyalty.drawing import draw_worlds
from tests.loyalty.history import History, World
from tests.loyalty.history_strategies import worlds
from tests.loyalty.reference.arithmetic import DAY
from tests.loyalty.reference.play import MemberResult, play
from tests.loyalty.reference.tiers import TierWalk

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@quick
@given(world=worlds())
def test_lots_less_deficit_are_the_sum_of_the_ledger(world: World) -> None:
    for result in play(world).values():
        account = result.account
        remaining = sum(lot.remaining for lot in account.lots.values())
        assert account.balance == remaining - account.deficit
        assert account.deficit >= 0
        spendable = sum(lot.remaining for lot in account.lots.values() if lot.is_active and not lot.is_expired)
        assert not (account.deficit and spendable)
        ids = [movement.movement_id for movement in account.movements]
        assert len(set(ids)) == len(ids)
        assert all(movement.points for movement in account.movements)


@quick
@given(world=worlds())
def test_no_lot_is_below_zero_or_gives_more_than_it_had(world: World) -> None:
    for result in play(world).values():
        for lot in result.account.lots.values():
            assert 0 <= lot.remaining <= lot.earned
            assert 0 <= lot.clawed_back <= lot.earned
            own = lot.earned - lot.spent - lot.expired - lot.remaining
            assert 0 <= own <= lot.clawed_back


@quick
@given(world=worlds())
def test_everybody_holds_one_tier_on_every_day_from_the_first(world: World) -> None:
    for result in play(world).values():
        intervals = result.intervals
        for before, after in pairwise(intervals):
            assert before.valid_to == after.valid_from
            assert before.valid_from < after.valid_from
        assert not intervals or intervals[-1].valid_to is None


@quick
@given(world=worlds(), number=st.integers(0, 10**6))
def test_the_order_of_the_files_does_not_matter(world: World, number: int) -> None:
    shuffled = random.Random(number)

    def mixed(history: History) -> History:
        lists = {
            name: tuple(shuffled.sample(items, len(items)))
            for name, items in vars(history).items()
            if isinstance(items, tuple)
        }
        return replace(history, **lists)

    assert _told(play(replace(world, history=mixed(world.history)))) == _told(play(world))


@quick
@given(world=worlds())
def test_nothing_that_happens_later_changes_a_movement(world: World) -> None:
    """What a night has written stays true when nothing arrives late: the ledger only grows."""
    night = dt.date(2024, 3, 1)
    assume(not _is_quoted_before_its_issue(world))
    before = {
        (member, movement.movement_id): movement.points
        for member, result in play(replace(world, as_of=night)).items()
        for movement in result.account.movements
    }
    after = {
        (member, movement.movement_id): movement.points
        for member, result in play(world).items()
        for movement in result.account.movements
    }
    assert before.items() <= after.items()


@pytest.mark.slow
@settings(quick, max_examples=10)
@given(world=worlds())
def test_nothing_happens_to_a_tier_on_a_day_that_the_walk_skips(world: World) -> None:
    class Patient(TierWalk):
        """Looks at every day."""

        def _next_day(self, held: object, day: dt.date) -> dt.date:
            return day + DAY

        def _days_of_change(self) -> list[dt.date]:
            first = self.rulebook.programmes[self.programme][0].valid_from
            return [first + number * DAY for number in range((world.as_of - first).days + 1)]

    for member, result in play(world).items():
        patient = Patient(world.rulebook, member, result.walk.since, result.walk.counted)
        assert patient.intervals(world.as_of) == result.intervals


def _is_quoted_before_its_issue(world: World) -> bool:
    """Say whether an account quotes a card that is issued only later, which nobody knows on the day before."""
    cards = world.history.cards
    issues = {card.number: card.created_at for card in cards if card.record_type == "loyalty_card"}
    return any(card.created_at < issues.get(card.number, card.created_at) for card in cards)


def _told(results: dict[tuple[str, str], MemberResult]) -> dict[tuple[str, str], object]:
    return {member: (result.account.movements, result.intervals) for member, result in results.items()}


def test_the_worlds_that_are_drawn_are_worth_playing() -> None:
    """Everything that the page speaks of happens among a few hundred worlds."""
    missing = {
        "entry",
        "upgrade",
        "renewal",
        "downgrade",
        "refund",
        "rule_change",
        "deficit",
        "expired after a reversal",
    }
    missing |= {"earn", "bonus", "adjust", "referral", "redeem_reversal"}
    for number in range(8):
        for world in draw_worlds(worlds(), 150, number):
            missing -= set().union(*map(_happened, play(world).values()))
        if not missing:
            return
    raise AssertionError(f"never drawn: {missing}")


def _happened(result: MemberResult) -> set[str]:
    found = {interval.reason for interval in result.intervals}
    found |= {lot.lot_type for lot in result.account.lots.values()}
    ids = [movement.movement_id for movement in result.account.movements if movement.movement_type == "expire"]
    found |= {"expired after a reversal" for movement_id in ids if movement_id.count(":") > 1}
    return found | ({"deficit"} if result.account.deficit else set())
