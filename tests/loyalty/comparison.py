"""Rows of the reference beside rows of the SQL: ledger, lots, tiers, status, liability.

Belongs here: the tables that are compared and how a difference is told. Does not belong here: what is right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.loyalty.history import World
from tests.loyalty.reference.account import Lot, Movement, is_pending, last_instant, status
from tests.loyalty.reference.arithmetic import DAY, business_date, half_up, product
from tests.loyalty.reference.membership import Member
from tests.loyalty.reference.play import MemberResult, play
from tests.loyalty.reference.tiers import Interval
from tests.loyalty.warehouse import Warehouse

TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ledger": (
        "fct_points_ledger",
        (
            "programme_code", "customer_id", "movement_id", "movement_type", "points", "lot_id", "occurred_at",
            "movement_date", "points_per_unit", "base_amount_reporting", "rule_version",
        ),
    ),
    "lots": (
        "fct_points_lot",
        (
            "programme_code", "customer_id", "lot_id", "lot_type", "rule_version", "lot_status", "points_earned",
            "points_clawed_back", "points_spent", "points_expired", "points_remaining", "earned_date", "expires_date",
            "occurred_at", "active_from", "expires_at",
        ),
    ),
    "tiers": (
        "tier_history",
        (
            "programme_code", "customer_id", "valid_from", "valid_to", "tier_rank", "tier_code", "reason",
            "rule_version", "tier_basis", "qualifying_amount", "term_end_date", "is_current",
        ),
    ),
    "status": (
        "loyalty_status",
        (
            "programme_code", "customer_id", "tier_rank", "tier_code", "tier_until", "qualifying_amount",
            "amount_to_next_tier", "amount_to_keep_tier", "projected_tier_code", "projected_from",
            "points_active", "points_pending", "points_deficit", "points_balance", "member_since",
        ),
    ),
    "liability": (
        "points_liability",
        (
            "programme_code", "vintage_month", "tier_code", "points_remaining", "value_amount_reporting",
            "breakage_amount_reporting",
        ),
    ),
}  # fmt: skip
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """A row that only one of the two gives."""

    table: str
    side: str
    row: Row

    @property
    def programme_code(self) -> str:
        """Every compared table begins with it."""
        return str(self.row[0])

    def __str__(self) -> str:
        columns = TABLES[self.table][1]
        told = ", ".join(f"{column}={value}" for column, value in zip(columns, self.row, strict=True))
        return f"{self.table:9} only in {self.side:9} {told}"


def compare(warehouse: Warehouse, world: World) -> list[Difference]:
    """Run both and return the rows that differ, in a stable order."""
    warehouse.run(world)
    expected = reference_rows(world)
    found = []
    for table, (model, columns) in TABLES.items():
        actual = Counter(warehouse.rows(model, ", ".join(columns)))
        wanted = Counter(expected[table])
        found += [Difference(table, "reference", row) for row in (wanted - actual).elements()]
        found += [Difference(table, "SQL", row) for row in (actual - wanted).elements()]
    return sorted(found, key=lambda difference: (difference.table, str(difference.row[:3]), difference.side))


def reference_rows(world: World) -> dict[str, list[Row]]:
    """Return the rows of every compared table, by the reference."""
    results = play(world)
    rows: dict[str, list[Row]] = {table: [] for table in TABLES}
    for member, result in results.items():
        rows["ledger"] += _ledger(world, member, result)
        rows["lots"] += [_lot(world, member, lot) for lot in result.account.lots.values()]
        rows["tiers"] += _tiers(member, result)
        rows["status"] += _status(world, member, result)
    rows["liability"] = _liability(world, results)
    return rows


def _ledger(world: World, member: Member, result: MemberResult) -> list[Row]:
    rows: list[Row] = []
    for movement in result.account.movements:
        is_frozen = movement.movement_type in ("earn", "clawback")
        rate = result.account.lots[movement.lot_id].points_per_unit if movement.lot_id and is_frozen else None
        date = business_date(movement.at, world.zone)
        rows.append(
            (
                *member, movement.movement_id, movement.movement_type, movement.points, movement.lot_id, movement.at,
                date, rate, movement.base, _rule_version(world, member, result, movement),
            )
        )  # fmt: skip
    return rows


def _rule_version(world: World, member: Member, result: MemberResult, movement: Movement) -> str:
    """Return the lot's version, or without a lot the one on the movement's date (chapter 5)."""
    if movement.lot_id:
        return result.account.lots[movement.lot_id].rule_version
    date = business_date(movement.at, world.zone)
    return (world.rulebook.version(member[0], date) or world.rulebook.programmes[member[0]][0]).rule_version


def _lot(world: World, member: Member, lot: Lot) -> Row:
    expires_at = last_instant(lot)
    # What a clawback took from other lots stands in its own lot's row, so that every lot is closed by its own row.
    spent = lot.earned - lot.clawed_back - lot.expired - lot.remaining
    return (
        *member, lot.lot_id, lot.lot_type, lot.rule_version, status(lot), lot.earned, lot.clawed_back, spent,
        lot.expired, lot.remaining, business_date(lot.occurred_at, world.zone),
        business_date(expires_at, world.zone) - DAY if expires_at else None, lot.occurred_at, lot.active_from,
        expires_at,
    )  # fmt: skip


def _tier_code(result: MemberResult, interval: Interval) -> str:
    return result.walk.rulebook.tier_code(interval.version, interval.rank)


def _tiers(member: Member, result: MemberResult) -> list[Row]:
    return [
        (
            *member, interval.valid_from, interval.valid_to, interval.rank, _tier_code(result, interval),
            interval.reason, interval.version.rule_version, interval.version.tier_basis, interval.qualifying_amount,
            interval.term_end, interval.valid_to is None,
        )
        for interval in result.intervals
    ]  # fmt: skip


def _status(world: World, member: Member, result: MemberResult) -> list[Row]:
    if not result.intervals:
        return []
    held, account, walk = result.intervals[-1], result.account, result.walk
    following = walk.projected(result.intervals)
    pending = sum(lot.remaining for lot in account.lots.values() if is_pending(lot))
    active = sum(lot.remaining for lot in account.lots.values()) - pending
    amount = walk.amount(world.as_of)
    return [
        (
            *member, held.rank, _tier_code(result, held), held.term_end, amount,
            walk.amount_to_next(held, world.as_of), walk.amount_to_keep(result.intervals, world.as_of),
            _tier_code(result, following or held), following.valid_from if following else None, active, pending,
            account.deficit, account.balance, walk.since,
        )
    ]  # fmt: skip


def _liability(world: World, results: dict[Member, MemberResult]) -> list[Row]:
    """Value what is open, by vintage and the tier held today; no vintage has shown yet how much of it will break."""
    points: dict[tuple[str, Any, str], int] = {}
    for (programme, _), result in results.items():
        tier_code = _tier_code(result, result.intervals[-1]) if result.intervals else "none"
        for lot in result.account.lots.values():
            vintage = (programme, business_date(lot.occurred_at, world.zone).replace(day=1), tier_code)
            points[vintage] = points.get(vintage, 0) + lot.remaining
    rows: list[Row] = []
    for vintage, remaining in points.items():
        version = world.rulebook.version(vintage[0], world.as_of)
        assert version is not None
        value = half_up(product(Decimal(remaining), version.point_value))
        rows.append((*vintage, remaining, value, half_up(product(value, version.breakage_rate))))
    return rows
