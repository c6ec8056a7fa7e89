"""The export of the sample's former points engine: two CSV files with everything that it knew on its last day.

Belongs here: the engine's tables and columns. Does not belong here: what it booked (`engine`), and how lines are
written (`exports`). The mapping of these files is `mappings/bonus.yml`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pyarrow as pa

from ingestion.sample.engine import LAST_DAY, Books
from ingestion.sample.exports import Export
from ingestion.sample.period import Period
from ingestion.sample.tills import SALE_ID

ENCODING: Final = "utf-8"
_MOVEMENT: Final = pa.schema(
    [
        ("person", pa.int64()),
        ("kind", pa.string()),
        ("visit", pa.int64()),
        ("at", pa.int64()),
        ("points", pa.int64()),
        ("copy", pa.int64()),
        ("cause", pa.string()),
        ("difference", pa.int64()),
    ]
)
_BALANCE: Final = pa.schema([("person", pa.int64()), ("day", pa.date32()), ("points", pa.int64())])
_KINDS: Final = {
    "earn": "purchase",
    "redeem": "payment",
    "expire": "expiry",
    "clawback": "return",
    "adjust": "manual",
}
_WORDS: Final = " ".join(f"when '{kind}' then '{word}'" for kind, word in _KINDS.items())
_SOURCE: Final = """{table} as booking
        inner join visit on booking.visit = visit.pos
        inner join store on visit.store = store.no
        inner join card on booking.person = card.person and card.nth = 0"""


def tables(books: Books, period: Period) -> dict[str, pa.Table]:
    """Return the tables that the exports and the truth read."""
    day = last_day(period)
    movements = pa.Table.from_pylist([movement._asdict() for movement in books.movements], schema=_MOVEMENT)
    local = period.to_local(movements.column("at").to_numpy()) if movements.num_rows else np.zeros(0, dtype=np.int64)
    balances = [{"person": person, "day": day, "points": points} for person, points in books.balances.items()]
    faults = [fault._asdict() for fault in books.faults]
    return {
        "engine_movement": movements.append_column("local_at", pa.array(local)),
        "engine_balance": pa.Table.from_pylist(balances, schema=_BALANCE),
        "engine_fault": pa.Table.from_pylist(faults, schema=_MOVEMENT),
    }


def exports() -> tuple[Export, ...]:
    """Return the exports of the engine."""
    booking = f"left(booking.kind, 1) || '-' || {SALE_ID} || '-' || booking.at || '-' || booking.copy"
    movement = {
        "booking": booking,
        "card": "card.card_number",
        "kind": f"case booking.kind {_WORDS} end",
        "points": "booking.points",
        "receipt": SALE_ID,
        "time": "wall(booking.local_at, '%Y-%m-%d %H:%M:%S')",
    }
    balance = {"card": "card.card_number", "day": "strftime(booking.day, '%Y-%m-%d')", "points": "booking.points"}
    movements = _SOURCE.format(table="engine_movement")
    return (
        Export("loyalty_movements", movements, booking, movement, export="0", sort="booking.at"),
        Export(
            "loyalty_balances",
            "engine_balance as booking inner join card on booking.person = card.person and card.nth = 0",
            "card.card_number",
            balance,
            export="0",
        ),
    )


def last_day(period: Period) -> dt.date:
    """Return the day on whose evening the export was made."""
    return min(LAST_DAY, period.end_date)


FAULTS: Final = f"""
    select
        booking.cause,
        booking.kind as movement_type,
        card.card_number,
        'tills:' || {SALE_ID} as order_key,
        booking.difference as points_difference
    from {_SOURCE.format(table="engine_fault")}
    order by visit.pos, booking.kind, booking.at"""
