"""The stories as the tables that a chunk fills, so that they reach files and truth on the way of everybody else.

Belongs here: turning `stories.STORIES` into rows. Does not belong here: what the stories tell, and columns of files.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sample.outcomes import NEVER, NORMAL
from ingestion.sample.period import Period
from ingestion.sample.records import card_number
from ingestion.sample.stories import DELIVERED_END, FIRST_NUMBER, FIRST_PERSON, GREECE, STORIES, Story
from ingestion.sample.tender import METHODS, POINT_CENTS
from ingestion.sample.versions import export_days

SHARED: Final = ("country", "store", "product", "parcel", "period")
_COMPLETED: Final = 1
_SECONDS: Final = 12 * 3600
_EVENT: Final = """
    card_number varchar, kind varchar, points bigint, sale bigint, expires_on date, reason varchar, nth bigint,
    "at" bigint, local_at bigint, export bigint
"""


def load_stories(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Put the stories in the place of the chunk that is loaded; what a story has no word about is empty."""
    names = connection.execute("select table_name from duckdb_tables()").fetchall()
    for (name,) in names:
        if name not in SHARED:
            connection.execute(f"create or replace table {name} as select * from {name} limit 0")
    connection.execute(f"create or replace table loyalty_event ({_EVENT})")
    rows = _Rows(period)
    for person, story in enumerate(STORIES):
        rows.add(person, story)
    for name, found in rows.tables.items():
        connection.register("incoming", pa.Table.from_pylist(found))
        connection.execute(f"insert into {name} by name select * from incoming")
        connection.unregister("incoming")


def write_truth(folder: Path, period: Period) -> None:
    """Write what must come of the stories: `loyalty_members` and `loyalty_movements`; empty for another end."""
    told = STORIES if period.end_date == DELIVERED_END else ()
    members = [
        {
            "story": story.code,
            "card_number": card_number(FIRST_PERSON + STORIES.index(story), 0),
            "tier_code": story.tier_code,
            "tier_since": dt.date.fromisoformat(story.tier_since),
            "points_balance": story.points_balance,
            "points_deficit": story.points_deficit,
        }
        for story in told
    ]
    movements = [
        {
            "story": story.code,
            "movement_date": dt.date.fromisoformat(movement.date),
            "movement_type": movement.movement_type,
            "points": movement.points,
        }
        for story in told
        for movement in story.movements
    ]
    pq.write_table(pa.Table.from_pylist(members, schema=_MEMBERS), folder / "loyalty_members.parquet")
    pq.write_table(pa.Table.from_pylist(movements, schema=_MOVEMENTS), folder / "loyalty_movements.parquet")


_MEMBERS: Final = pa.schema(
    [
        ("story", pa.string()),
        ("card_number", pa.string()),
        ("tier_code", pa.string()),
        ("tier_since", pa.date32()),
        ("points_balance", pa.int64()),
        ("points_deficit", pa.int64()),
    ]
)
_MOVEMENTS: Final = pa.schema(
    [
        ("story", pa.string()),
        ("movement_date", pa.date32()),
        ("movement_type", pa.string()),
        ("points", pa.int64()),
    ]
)


class _Rows:
    """Rows by table, story after story."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._shift = period.end_date - DELIVERED_END
        names = (
            "person",
            "card",
            "card_version",
            "visit",
            "line",
            "payment",
            "sale_version",
            "refund",
            "loyalty_event",
        )
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in names}

    def add(self, person: int, story: Story) -> None:
        """Add a holder with all that happened."""
        self._add_card(person, story)
        first = len(self.tables["visit"])
        for sale in story.sales:
            self._add_sale(person, sale.date, sale.cents, sale.store, sale.paid_points)
        for back in story.returns:
            self._add_return(back.date, first + back.sale)
        for nth, event in enumerate(story.events):
            expires_on = dt.date.fromisoformat(event.expires_on) + self._shift if event.expires_on else None
            row: dict[str, Any] = {"kind": event.kind, "points": event.points, "reason": event.reason, "nth": nth}
            row |= {"card_number": card_number(FIRST_PERSON + person, 0), "expires_on": expires_on}
            row |= {"sale": None if event.sale is None else first + event.sale}
            self.tables["loyalty_event"].append(row | self._when(event.date))

    def _when(self, date: str) -> dict[str, int]:
        """Return noon of a day as `at` (UTC) and `local_at`, and the export that shows it."""
        day = (dt.date.fromisoformat(date) + self._shift - self._period.first_date).days
        at = self._period.instant(np.array([day]), np.array([_SECONDS]))
        local, export = self._period.to_local(at), export_days(self._period, at)
        return {"at": int(at[0]), "local_at": int(local[0]), "export": int(export[0])}

    def _add_card(self, person: int, story: Story) -> None:
        person_id, holder = FIRST_PERSON + person, story.holder
        when = self._when(holder.joined)
        self.tables["person"].append({"person": person, "person_id": person_id, "country": GREECE})
        card: dict[str, Any] = {
            "person": person,
            "nth": 0,
            "pos": person,
            "store": 0,
            "registered_local": when["local_at"],
        }
        card |= {"card_number": card_number(person_id, 0), "country_code": "GR", "language_code": "el"}
        card |= {"first_name": holder.first_name, "last_name": holder.last_name, "gender": holder.gender}
        self.tables["card"].append(card | {"birth_date": holder.birth_date})
        changes = {"moved": False, "replaced": False, "deleted": False}
        self.tables["card_version"].append({"record": person} | when | changes)

    def _add_sale(self, person: int, date: str, cents: int, store: int, paid_points: int) -> None:
        pos, when = len(self.tables["visit"]), self._when(date)
        tax = cents * 24 // 124
        moment = {"at": when["at"], "local_at": when["local_at"]}
        visit = {"pos": pos, "number": FIRST_NUMBER + pos, "person": person, "country": GREECE, "store": store}
        visit |= {"account": -1, "card": 0, "subscription": -1, "line_count": 1, "tax": tax, "total": cents}
        visit |= dict.fromkeys(("order_discount", "discount_kind", "discount", "shipping"), 0)
        visit |= dict.fromkeys(("shipped", "promised", "delivered", "ended"), NEVER)
        visit |= {"is_gift_card": False, "fails": False, "points_wanted": paid_points > 0, "fate": NORMAL}
        self.tables["visit"].append(visit | moment)
        line = {"visit": pos, "nth": 0, "product": 0, "quantity": 1, "price": cents, "gross": cents, "floor": 0}
        self.tables["line"].append(line | {"discount": 0, "tax": tax})
        version = {"record": pos, "state": _COMPLETED, "deleted_at": NEVER, "local_deleted_at": NEVER}
        self.tables["sale_version"].append(version | when)
        by_points = paid_points * POINT_CENTS
        for nth, method, amount, points in ((1, "points", by_points, paid_points), (4, "card", cents - by_points, 0)):
            if amount:
                payment = {"visit": pos, "nth": nth, "kind": 0, "method": METHODS.index(method), "amount": amount}
                payment |= {"points": points, "settled": when["at"], "fails": False, "at": when["at"]}
                self.tables["payment"].append(payment)

    def _add_return(self, date: str, pos: int) -> None:
        line, visit = self.tables["line"][pos], self.tables["visit"][pos]
        back = {"visit": pos, "number": 1, "nth": 0, "product": line["product"], "quantity": 1}
        back |= {"amount": line["gross"], "tax": line["tax"], "shipping": 0, "store": visit["store"], "reason": 2}
        self.tables["refund"].append(back | {"names_line": True, "names_sale": True} | self._when(date))
