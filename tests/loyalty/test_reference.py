"""Histories that were computed by hand; the arithmetic stands in each docstring."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.loyalty.history import Card, Event, History, Line, Order, Payment, Refund, World
from tests.loyalty.reference.arithmetic import anniversary_after, day_start, spread
from tests.loyalty.reference.play import MemberResult, play
from tests.loyalty.rules import EarnRule, Rulebook, Scope, Tier, Version

FIRST = dt.date(2024, 1, 1)
BASE = EarnRule("base", "rate", Decimal(1))
TIERS = tuple(
    Tier(rank, code, Decimal(entry), Decimal(keep))
    for rank, (code, entry, keep) in enumerate([("member", 0, 0), ("silver", 100, 80), ("gold", 300, 250)])
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def order(key: str, when: str, *lines: Line, **values: object) -> Order:
    return Order(key, "ada", "till", at(when), lines, **values)  # type: ignore[arg-type]


def line(key: str, gross: str, **values: object) -> Line:
    return Line(key, Decimal(gross), **values)  # type: ignore[arg-type]


def refund(key: str, line_key: str, when: str, amount: str) -> Refund:
    return Refund(key, line_key, at(when), Decimal(amount))


def event(key: str, kind: str, when: str, points: int, **values: object) -> Event:
    return Event(key, kind, "ada", "till", at(when), points, **values)  # type: ignore[arg-type]


def ada(as_of: str, versions: list[Version], joined: str = "2024-01-01T10:00", **history: object) -> MemberResult:
    """Play one member of the programme `club`, in Athens."""
    card = Card("1", "ada", "till", at(joined))
    world = World(
        Rulebook(tuple(versions)),
        History(cards=(card,), **history),  # type: ignore[arg-type]
        dt.date.fromisoformat(as_of),
        ZoneInfo("Europe/Athens"),
    )
    return play(world)["club", "ada"]


def version(name: str = "v1", valid_from: dt.date = FIRST, **values: object) -> Version:
    return Version("club", name, valid_from, **values)  # type: ignore[arg-type]


def ledger(result: MemberResult) -> list[tuple[str, int]]:
    return [(movement.movement_id, movement.points) for movement in result.account.movements]


def lots(result: MemberResult) -> dict[str, int]:
    return {key: lot.remaining for key, lot in result.account.lots.items()}


def tiers(result: MemberResult) -> list[tuple[object, ...]]:
    return [(str(i.valid_from), i.rank, i.reason, i.qualifying_amount) for i in result.intervals]


def test_what_is_paid_with_points_earns_nothing_and_tax_is_left_out() -> None:
    """124.00 with 24.00 tax inside, 31.00 of it paid by points: 100 x (124 - 31) / 124 = 75.00; x 1.1 = 82.50.

    1.5 points per unit: 123.75, down 123.
    """
    rules = version(base_includes_tax=False, earn_rules=(EarnRule("base", "rate", Decimal("1.5")),))
    goods = line("l", "124", tax=Decimal(24), paid_by_points=Decimal(31))
    result = ada("2024-03-01", [rules], orders=(order("o", "2024-02-01T10:00", goods, exchange_rate=Decimal("1.1")),))
    assert ledger(result) == [("earn:l", 123)]
    assert result.account.lots["l"].base == Decimal("82.5000")


def test_an_order_is_rounded_once_and_spread_to_the_largest_fractions() -> None:
    """3.4 + 3.4 + 3.5 = 10.3, nearest 10; whole parts 3 + 3 + 3 = 9; the one that is left goes to .5."""
    rules = version(points_rounded_per="order", points_rounding="nearest")
    lines = (line("a", "3.4"), line("b", "3.4"), line("c", "3.5"))
    result = ada("2024-03-01", [rules], orders=(order("o", "2024-02-01T10:00", *lines),))
    assert lots(result) == {"a": 3, "b": 3, "c": 4}
    assert spread({}, "up") == {}


def test_the_day_s_own_order_does_not_earn_at_the_tier_that_it_reaches() -> None:
    """100 makes silver on 1 February at a factor of 1; the order of the day after earns 10 x 1.25 = 12.5, down 12.

    With the campaign of that week on top: 10 x 2 x 1.25 = 25.
    """
    rules = version(
        tiers=TIERS,
        earn_rules=(
            BASE,
            EarnRule("silver", "tier_multiplier", Decimal("1.25"), tier_code="silver"),
            EarnRule(
                "week", "campaign_multiplier", Decimal(2), valid_from=dt.date(2024, 2, 5), valid_to=dt.date(2024, 2, 6)
            ),
        ),
    )
    orders = (
        order("o1", "2024-02-01T10:00", line("l1", "100")),
        order("o2", "2024-02-02T10:00", line("l2", "10")),
        order("o3", "2024-02-05T10:00", line("l3", "10")),
        order("o4", "2024-02-06T10:00", line("l4", "10")),
    )
    assert lots(ada("2024-03-01", [rules], orders=orders)) == {"l1": 100, "l2": 12, "l3": 25, "l4": 12}


def test_refund_after_refund_takes_back_at_the_frozen_rate_and_never_more_than_was_earned() -> None:
    """10 at .25 down: 2 points. Refunds of 3, 3, 3, 3: kept 7 -> 1, 4 -> 1, 1 -> 0, 0 (R = 12 >= 10) -> 0.

    Clawbacks are 1, 0 (no row), 1, 0 (no row).
    """
    rules = version(earn_rules=(EarnRule("base", "rate", Decimal(".25")),))
    refunds = tuple(refund(f"r{n}", "l", f"2024-02-0{n + 2}T10:00", "3") for n in range(4))
    result = ada("2024-03-01", [rules], orders=(order("o", "2024-02-01T10:00", line("l", "10")),), refunds=refunds)
    assert ledger(result) == [("earn:l", 2), ("clawback:r0", -1), ("clawback:r2", -1)]


def test_a_refund_of_spent_points_leaves_a_deficit_that_the_next_points_pay() -> None:
    """100 earned, 80 spent, all refunded: 20 from its own lot, 80 unpaid. 30 more pay 30 of it: deficit 50."""
    result = ada(
        "2024-03-01",
        [version()],
        orders=(
            order("o1", "2024-02-01T10:00", line("l1", "100")),
            order("o2", "2024-02-02T10:00", line("l2", "0")),
            order("o3", "2024-02-04T10:00", line("l3", "30")),
        ),
        payments=(Payment("p", "o2", at("2024-02-02T10:00"), 80),),
        refunds=(refund("r", "l1", "2024-02-03T10:00", "100"),),
    )
    assert ledger(result) == [("earn:l1", 100), ("redeem:p", -80), ("clawback:r", -100), ("earn:l3", 30)]
    assert lots(result) == {"l1": 0, "l3": 0}
    assert (result.account.deficit, result.account.balance) == (50, -50)


def test_points_are_spent_by_expiry_and_what_is_left_expires_to_the_day() -> None:
    """31 January + 1 month = 29 February, so l1 ends before l2 (15 March). 120 take 100 of l1 and 20 of l2.

    l2's 30 expire on 16 March at 00:00 in Athens = 15 March 22:00 UTC.
    """
    rules = version(expiry_mode="months", expiry_months=1)
    result = ada(
        "2024-03-16",
        [rules],
        orders=(
            order("o1", "2024-01-31T10:00", line("l1", "100")),
            order("o2", "2024-02-15T10:00", line("l2", "50")),
            order("o3", "2024-02-29T21:59:59", line("l3", "0")),
        ),
        payments=(Payment("p", "o3", at("2024-02-29T21:59:59"), 120),),
    )
    assert ledger(result)[-1] == ("expire:l2", -30)
    assert result.account.movements[-1].at == at("2024-03-15T22:00")
    assert result.account.balance == 0


def test_a_reversal_gives_points_back_to_the_lots_that_paid_and_what_is_expired_stays_expired() -> None:
    """l1 (10, until 29 February) and l2 (20, until 31 March) pay 25: 10 + 15. Reversed in March in two steps.

    20 first: 15 to l2, 5 to l1 which is expired: 5 expire at once. Then 20 asked, 5 left: to l1, expired again.
    """
    rules = version(expiry_mode="months", expiry_months=1, expiry_rounding="month")
    result = ada(
        "2024-03-20",
        [rules],
        orders=(
            order("o1", "2024-01-10T10:00", line("l1", "10")),
            order("o2", "2024-02-10T10:00", line("l2", "20")),
            order("o3", "2024-02-20T10:00", line("l3", "0")),
        ),
        payments=(Payment("p", "o3", at("2024-02-20T10:00"), 25),),
        events=(
            event("e1", "redeem_reversal", "2024-03-05T10:00", 20, payment_key="p"),
            event("e2", "redeem_reversal", "2024-03-06T10:00", 20, payment_key="p"),
            event("e3", "redeem_reversal", "2024-03-07T10:00", 20, payment_key="p"),
        ),
    )
    assert ledger(result)[3:] == [
        ("redeem_reversal:e1", 20), ("expire:l1:e1", -5), ("redeem_reversal:e2", 5), ("expire:l1:e2", -5),
    ]  # fmt: skip
    assert lots(result) == {"l1": 0, "l2": 20}


def test_a_reversal_of_what_was_paid_by_later_points_is_a_lot_of_its_own() -> None:
    """50 spent with 0: deficit 50. 30 earned pay 30 of it: deficit 20. 40 reversed: deficit 0, 20 new points."""
    result = ada(
        "2024-03-01",
        [version()],
        orders=(
            order("o1", "2024-02-01T10:00", line("l1", "0")),
            order("o2", "2024-02-02T10:00", line("l2", "30")),
        ),
        payments=(Payment("p", "o1", at("2024-02-01T10:00"), 50),),
        events=(event("e", "redeem_reversal", "2024-02-03T10:00", 40, payment_key="p"),),
    )
    assert lots(result) == {"l2": 0, "e": 20}
    assert (result.account.deficit, result.account.balance) == (0, 20)


def test_activity_keeps_all_points_alive_and_they_fall_on_one_day() -> None:
    """2 months of inactivity. Activity on 10 January, 10 March (the limit itself) and 1 April: all end on 1 June."""
    rules = version(expiry_mode="inactivity", expiry_months=2)
    orders = tuple(
        order(f"o{n}", f"{day}T10:00", line(f"l{n}", "10"))
        for n, day in enumerate(["2024-01-10", "2024-03-10", "2024-04-01"])
    )
    result = ada("2024-06-02", [rules], orders=orders)
    assert ledger(result)[3:] == [("expire:l0", -10), ("expire:l1", -10), ("expire:l2", -10)]
    assert {movement.at for movement in result.account.movements[3:]} == {at("2024-06-01T21:00")}
    late = ada("2024-06-02", [rules], orders=(orders[0], order("o9", "2024-03-11T10:00", line("l9", "10"))))
    assert ledger(late) == [("earn:l0", 10), ("expire:l0", -10), ("earn:l9", 10), ("expire:l9", -10)]


def test_up_at_once_kept_by_the_lower_threshold_then_down_one_step_after_the_grace() -> None:
    """300 on 10 February 2024: gold until 1 January 2026. 250 in 2025 keep it (maintain 250) until 2028.

    Nothing in 2026 and 2027: not kept on 1 January 2028 nor 31 days later: silver, which holds until 2030.
    """
    rules = version(tiers=TIERS, tier_grace_days=31)
    orders = (
        order("o1", "2024-02-10T10:00", line("l1", "300")),
        order("o2", "2025-06-01T10:00", line("l2", "250")),
    )
    result = ada("2028-03-01", [rules], orders=orders)
    assert tiers(result) == [
        ("2024-01-01", 0, "entry", 0), ("2024-02-10", 2, "upgrade", 300), ("2026-01-01", 2, "renewal", 550),
        ("2028-02-01", 1, "downgrade", 0),
    ]  # fmt: skip
    assert result.intervals[-1].term_end == dt.date(2030, 1, 1)


def test_only_a_refund_of_what_gave_a_tier_takes_it_at_once() -> None:
    """Rolling 1 month; 100 on 1 February give silver. A refund of 10 leaves 90, above maintain (80): kept.

    Of 11 more, counted on 20 February: 79 < 80 and rank 0: taken.
    """
    rules = version(
        tiers=TIERS[:2], tier_window="rolling_months", tier_window_length=1, tier_term="months", tier_term_months=6,
        tier_refund_policy="immediate",
    )  # fmt: skip
    result = ada(
        "2024-03-01",
        [rules],
        orders=(order("o", "2024-02-01T10:00", line("l", "100")),),
        refunds=(refund("r1", "l", "2024-02-10T10:00", "10"), refund("r2", "l", "2024-02-20T10:00", "11")),
    )
    assert tiers(result)[1:] == [("2024-02-01", 1, "upgrade", 100), ("2024-02-20", 0, "refund", 79)]


def test_a_rule_change_keeps_the_term_or_re_evaluates_by_policy() -> None:
    """150 are silver; from July silver begins at 200: kept, or member on the first day of the new version."""
    dearer = (TIERS[0], Tier(1, "silver", Decimal(200), Decimal(200)))
    orders = (order("o", "2024-02-01T10:00", line("l", "150")),)
    for policy, last in (("keep_term", (1, "upgrade")), ("re_evaluate", (0, "rule_change"))):
        second = version("v2", dt.date(2024, 7, 1), tiers=dearer, tier_rule_change_policy=policy)
        result = ada("2024-08-01", [version(tiers=TIERS), second], orders=orders)
        assert (result.intervals[-1].rank, result.intervals[-1].reason) == last


def test_lines_go_to_the_most_specific_scope_and_payments_to_the_order_s_largest_programme() -> None:
    """The brand's own programme takes its line (40 points); 60 of 100 are the club's, so the payment is the club's."""
    club = Version("club", "club-1", FIRST, scopes=(Scope(source_system="till"),))
    acme = Version("acme", "acme-1", FIRST, scopes=(Scope(brand="acme"),))
    world = World(
        Rulebook((club, acme)),
        History(
            cards=(Card("1", "ada", "till", at("2024-01-01T10:00")),),
            orders=(order("o", "2024-02-01T10:00", line("a", "40", brand="acme"), line("b", "60", brand="other")),),
            payments=(Payment("p", "o", at("2024-02-01T10:00"), None, Decimal("0.10")),),
        ),
        dt.date(2024, 3, 1),
    )
    found = {member: ledger(result) for member, result in play(world).items()}
    assert found == {("acme", "ada"): [("earn:a", 40)], ("club", "ada"): [("earn:b", 60), ("redeem:p", -10)]}


@pytest.mark.parametrize(
    ("zone", "date", "expected"),
    [
        ("Europe/Athens", "2024-03-31", "2024-03-30T22:00"),
        ("Europe/Athens", "2024-04-01", "2024-03-31T21:00"),
        ("America/Santiago", "2024-09-08", "2024-09-08T04:00"),
        ("America/Havana", "2024-11-03", "2024-11-03T04:00"),
    ],
)
def test_the_start_of_a_date_is_its_first_instant_when_midnight_is_skipped_or_comes_twice(
    zone: str, date: str, expected: str
) -> None:
    assert day_start(dt.date.fromisoformat(date), ZoneInfo(zone)) == at(expected)


def test_membership_begins_with_the_oldest_card_and_another_card_takes_nothing_away() -> None:
    """An account of 2024-01-10 quotes card 1, issued on 2024-02-01: that is when it began, not the account.

    An account of 2024-03-05 quotes card 2, which is not on record: alone it would date from then. Card 3 comes on
    2024-06-01, long after the sale of 2024-04-01 has earned its 10 points, which stay.
    """
    known = (
        Card("1", "ada", "till", at("2024-01-10T10:00"), record_type="eshop_account"),
        Card("1", "ada", "till", at("2024-02-01T10:00")),
        Card("2", "bob", "till", at("2024-03-05T10:00"), record_type="eshop_account"),
        Card("3", "bob", "till", at("2024-06-01T10:00")),
    )
    sales = tuple(
        replace(order(f"{person}.{day}", f"{day}T10:00", line(f"{person}.{day}.1", "10")), customer=person)
        for person in ("ada", "bob")
        for day in ("2024-01-20", "2024-02-15", "2024-04-01")
    )
    rules = Rulebook((version(earn_rules=(BASE,)),))
    world = World(rules, History(cards=known, orders=sales), dt.date(2024, 7, 1), ZoneInfo("Europe/Athens"))
    earned = {
        member: [movement.movement_id for movement in result.account.movements]
        for (_, member), result in play(world).items()
    }
    assert earned == {
        "ada": ["earn:ada.2024-02-15.1", "earn:ada.2024-04-01.1"],
        "bob": ["earn:bob.2024-04-01.1"],
    }


def test_members_of_29_february_have_their_year_on_28_february() -> None:
    born = dt.date(2024, 2, 29)
    assert anniversary_after(dt.date(2025, 2, 27), born) == dt.date(2025, 2, 28)
    assert anniversary_after(dt.date(2025, 2, 28), born) == dt.date(2026, 2, 28)
    assert anniversary_after(dt.date(2027, 3, 1), born) == dt.date(2028, 2, 29)
    assert anniversary_after(born, born, 2) == dt.date(2026, 2, 28)
