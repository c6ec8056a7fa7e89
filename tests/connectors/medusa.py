"""A shop on Medusa 2 with a state, answering as a real one was seen to (payloads of 2.21), and a way to a real one.

Its traps are kept: a payment moves no clock of its order, an address none of its customer, a variant none of its
product; draft orders are not in the list; amounts have more places than the currency.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import requests

from tests.connectors.server import Answer, Asked, System

KEY = "sk_4b1d9c7e5f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c"
TEMPLATES: dict[str, Any] = json.loads((Path(__file__).parent / "payloads" / "medusa.json").read_text("utf-8"))
ONE = {"customers": "customer", "products": "product", "orders": "order"}
PREFIXES = {"customers": "cus", "products": "prod", "orders": "order"}
Record = dict[str, Any]


class MedusaShop(System):
    """The shop. Records are kept as the API shows them, by id."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in ONE}
        self.next_id = 0
        self.key = KEY

    def add(self, table: str, at: dt.datetime | None = None, **changes: Any) -> Record:
        self.next_id += 1
        stamp = self._stamp(at)
        record: Record = copy.deepcopy(TEMPLATES[ONE[table]]) | {"id": f"{PREFIXES[table]}_{self.next_id:08}"}
        record |= {"created_at": stamp, "updated_at": stamp}
        if table == "orders":
            record |= {"display_id": self.next_id, "payment_collections": [], "payment_status": "not_paid"}
        record |= changes
        self.tables[table][record["id"]] = record
        return record

    def edit(self, table: str, key: str, at: dt.datetime | None = None, **changes: Any) -> None:
        self.tables[table][key] |= changes | {"updated_at": self._stamp(at)}

    def pay(self, key: str) -> None:
        """A payment of the template, which moves no clock."""
        paid = copy.deepcopy(TEMPLATES["order"]["payment_collections"])
        paid[0]["payments"][0]["refunds"] = []
        self.tables["orders"][key] |= {"payment_collections": paid, "payment_status": "captured"}

    def refund(self, key: str, amount: float = 20) -> None:
        order = self.tables["orders"][key]
        if not order["payment_collections"]:
            self.pay(key)
        self.next_id += 1
        refund = TEMPLATES["order"]["payment_collections"][0]["payments"][0]["refunds"][0]
        refunds = order["payment_collections"][0]["payments"][0]["refunds"]
        refunds.append(refund | {"id": f"ref_{self.next_id:08}", "amount": amount, "created_at": self._stamp(None)})
        self.edit("orders", key, payment_status="partially_refunded")

    def delete(self, table: str, key: str) -> None:
        del self.tables[table][key]

    def truth(self) -> dict[str, dict[str, Record]]:
        shown = {table: dict(rows) for table, rows in self.tables.items()}
        shown["orders"] = {key: row for key, row in shown["orders"].items() if not row["is_draft_order"]}
        return copy.deepcopy(shown)

    def answer(self, asked: Asked) -> Answer:
        given = base64.b64decode(asked.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if given != f"{self.key}:":
            return Answer({"message": "Unauthorized"}, 401)
        table = asked.path.removeprefix("/admin/")
        if table not in ONE:
            return Answer(b"<!DOCTYPE html><html><body><pre>Cannot GET</pre></body></html>", 404)
        query = parse_qsl(asked.query_text)
        wanted, limit = dict(query), int(asked.query.get("limit", 15))
        rows = [row for row in self.truth()[table].values() if _is_asked(row, query)]
        order = wanted.get("order", "id")
        name = order.removeprefix("-")
        rows.sort(key=lambda row: (row[name], row["id"]), reverse=order.startswith("-"))
        offset = int(wanted.get("offset", 0))
        shown = rows[offset : offset + limit]
        if "*" not in wanted["fields"]:
            shown = [{field: row[field] for field in wanted["fields"].split(",")} for row in shown]
        return Answer({table: shown, "count": len(rows), "offset": offset, "limit": limit})

    def _stamp(self, at: dt.datetime | None) -> str:
        return f"{at or self.now():%Y-%m-%dT%H:%M:%S}.000Z"


class RealMedusa(System):
    """A real one on this machine, behind TLS."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def answer(self, asked: Asked) -> Answer:
        found = requests.get(
            f"{self.url}{asked.path}?{asked.query_text}",
            headers={"Authorization": asked.headers.get("Authorization", "")},
            timeout=60,
        )
        return Answer(found.content, found.status_code)


def _is_asked(row: Record, query: list[tuple[str, str]]) -> bool:
    ids = [value for name, value in query if name == "id[]"]
    if ids and row["id"] not in ids:
        return False
    for name, value in query:
        field = name.partition("[")[0]
        if (name.endswith("[$gte]") and row[field] < value) or (name.endswith("[$lt]") and row[field] >= value):
            return False
    return True
