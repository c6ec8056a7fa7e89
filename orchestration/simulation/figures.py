"""What is compared between the present programme and a simulated one, read from the two databases.

Belongs here: the figures and their meaning. Does not belong here: how they are shown (`page`, `table`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb

from orchestration.simulation.run import HISTORY

NO_TIER: Final = "none"
"""Tier of somebody who is a member of one of the programmes alone."""


@dataclass(frozen=True)
class Side:
    """The figures of one programme. Points are counts; amounts are in the reporting currency.

    Attributes:
        members: Members on the as-of date.
        points_issued: Points earned or given, before refunds.
        points_clawed_back: Points that refunds took back.
        points_redeemed: Points that customers spent, as they did in truth, less what was given back.
        points_not_covered: Part of these that the programme's points would not have paid.
        points_expired: Points that ran out.
        points_open: Points that are owed.
        redeemed_amount: What the covered redemptions are worth at today's value of a point.
        liability_amount: Points open at that value.
        breakage_amount: Part of the liability that is expected never to be spent.
        cost_amount: redeemed_amount + liability_amount - breakage_amount.
    """

    members: int
    points_issued: int
    points_clawed_back: int
    points_redeemed: int
    points_not_covered: int
    points_expired: int
    points_open: int
    redeemed_amount: Decimal
    liability_amount: Decimal
    breakage_amount: Decimal
    cost_amount: Decimal


@dataclass(frozen=True)
class Comparison:
    """Both sides, the members by tier then and now, and points issued by month.

    Attributes:
        tiers: Names of the tiers of both programmes, the lowest first.
        moved: (tier now, tier in the simulation, members), for every pair that has members.
        issued: (month, points issued now, points issued in the simulation).
    """

    as_of_date: dt.date
    currency_code: str
    present: Side
    simulated: Side
    tiers: tuple[str, ...]
    moved: tuple[tuple[str, str, int], ...]
    issued: tuple[tuple[dt.date, int, int], ...]

    @property
    def changed_members(self) -> int:
        """Members whose tier differs."""
        return sum(members for before, after, members in self.moved if before != after)

    def matrix(self) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[int, ...]], ...]]:
        """Return the tiers that anybody has in the simulation, and for each tier now the members in each of these."""
        moved = {(before, after): members for before, after, members in self.moved}
        columns = tuple(tier for tier in self.tiers if any(after == tier for _, after, _ in self.moved))
        rows = ((before, tuple(moved.get((before, after), 0) for after in columns)) for before in self.tiers)
        return columns, tuple((before, counts) for before, counts in rows if any(counts))

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values; amounts are texts, so that no cent is lost."""
        differences = {
            name: getattr(self.simulated, name) - getattr(self.present, name) for name in asdict(self.present)
        }
        return {
            "as_of_date": self.as_of_date.isoformat(),
            "currency_code": self.currency_code,
            "present": _plain(asdict(self.present)),
            "simulated": _plain(asdict(self.simulated)),
            "difference": _plain(differences),
            "tiers": list(self.tiers),
            "tier_matrix": [{"present": a, "simulated": b, "members": n} for a, b, n in self.moved],
            "points_issued_by_month": [
                {"month": m.isoformat(), "present": a, "simulated": b} for m, a, b in self.issued
            ],
        }


def compare(connection: duckdb.DuckDBPyConnection, currency_code: str) -> Comparison:
    """Return the comparison of what the warehouse holds with what the scratch database has played."""
    ((as_of,),) = connection.execute("select max(as_of_date) from loyalty.fct_points_lot").fetchall()
    if as_of is None:
        ((as_of,),) = connection.execute(f"select max(as_of_date) from {HISTORY}.loyalty.loyalty_status").fetchall()
    return Comparison(
        as_of_date=as_of,
        currency_code=currency_code,
        present=_side(connection, f"{HISTORY}."),
        simulated=_side(connection, ""),
        tiers=_tiers(connection),
        moved=_moved(connection),
        issued=_issued(connection),
    )


def _side(connection: duckdb.DuckDBPyConnection, database: str) -> Side:
    cursor = connection.execute(
        f"""
        with points as (
            select
                coalesce(sum(points) filter (movement_type in ('earn', 'adjust') and points > 0), 0) as points_issued,
                coalesce(-sum(points) filter (movement_type = 'clawback'), 0) as points_clawed_back,
                coalesce(-sum(points) filter (movement_type in ('redeem', 'redeem_reversal')), 0) as points_redeemed,
                coalesce(-sum(points) filter (movement_type = 'expire'), 0) as points_expired,
                coalesce(sum(points), 0) as balance
            from {database}intermediate.int_points_movement__collect
        ),
        owed as (
            select
                coalesce(sum(points_remaining), 0) as points_open,
                coalesce(sum(value_amount_reporting), 0) as liability_amount,
                coalesce(sum(breakage_amount_reporting), 0) as breakage_amount
            from {database}loyalty.points_liability
        ),
        spent as (
            select coalesce(sum(lots.points_spent * programmes.point_value), 0) as redeemed_amount
            from {database}loyalty.fct_points_lot as lots
            inner join {database}intermediate.int_loyalty_programme__version as programmes
                on lots.programme_code = programmes.programme_code
                and programmes.valid_from <= lots.as_of_date
                and coalesce(programmes.valid_to > lots.as_of_date, true)
        )
        select
            (select count(distinct member_key) from {database}loyalty.tier_history where is_current) as members,
            points.points_issued,
            points.points_clawed_back,
            points.points_redeemed,
            owed.points_open - points.balance as points_not_covered,
            points.points_expired,
            owed.points_open,
            spent.redeemed_amount,
            owed.liability_amount,
            owed.breakage_amount,
            spent.redeemed_amount + owed.liability_amount - owed.breakage_amount as cost_amount
        from points
        cross join owed
        cross join spent"""
    )
    names = [column[0] for column in cursor.description or []]
    ((*values,),) = cursor.fetchall()
    read: dict[str, Any] = {
        name: Decimal(value).quantize(Decimal("0.01")) if name.endswith("_amount") else int(value)
        for name, value in zip(names, values, strict=True)
    }
    return Side(**read)


def _tiers(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    rows = connection.execute(
        f"""
        select tier_name
        from (
            select tier_name, tier_rank from loyalty.tier_history where is_current
            union all
            select tier_name, tier_rank from {HISTORY}.loyalty.tier_history where is_current
        )
        group by tier_name order by min(tier_rank), tier_name"""
    ).fetchall()
    return (NO_TIER, *(name for (name,) in rows))


def _moved(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str, int], ...]:
    rows = connection.execute(
        f"""
        select
            coalesce(present.tier_name, '{NO_TIER}') as before,
            coalesce(simulated.tier_name, '{NO_TIER}') as after,
            count(*) as members
        from (select * from {HISTORY}.loyalty.tier_history where is_current) as present
        full outer join (select * from loyalty.tier_history where is_current) as simulated
            on present.member_key = simulated.member_key
        group by all order by all"""
    ).fetchall()
    return tuple((str(before), str(after), int(members)) for before, after, members in rows)


def _issued(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[dt.date, int, int], ...]:
    rows = connection.execute(
        f"""
        select
            cast(date_trunc('month', movement_date) as date) as issued_month,
            cast(sum(case when is_present then points else 0 end) as bigint) as present,
            cast(sum(case when is_present then 0 else points end) as bigint) as simulated
        from (
            select movement_date, points, movement_type, true as is_present
            from {HISTORY}.intermediate.int_points_movement__collect
            union all
            select movement_date, points, movement_type, false as is_present
            from intermediate.int_points_movement__collect
        )
        where movement_type in ('earn', 'adjust') and points > 0
        group by all order by all"""
    ).fetchall()
    return tuple(rows)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
