"""A WooCommerce shop with a state, answering as a real one was seen to (samples of 7.9 and its OpenAPI).

Its traps are kept: `modified_after` leaves out its own second and reads a time without a zone as site-local, customers
and reviews ignore it, the bin is not in the default list, a page past the end is empty, a refund moves its order's
clock.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

from tests.connectors.server import Answer, Asked, System

KEY, SECRET = "ck_0123456789abcdef0123456789abcdef01234567", "cs_fedcba9876543210fedcba9876543210fedcba98"
TEMPLATES: dict[str, Any] = json.loads((Path(__file__).parent / "payloads" / "woocommerce.json").read_text("utf-8"))
SITE = dt.timedelta(hours=1)
PREFIX = "/wp-json/wc/v3/"
ORDERBY = {
    "orders": {"date", "modified", "id", "include", "title", "slug"},
    "products": {"date", "modified", "id", "include", "title", "slug", "price", "popularity", "rating", "menu_order"},
    "customers": {"id", "include", "name", "registered_date"},
    "coupons": {"date", "modified", "id", "include", "title", "slug"},
    "products/reviews": {"date", "date_gmt", "id", "include", "product"},
}
Record = dict[str, Any]


class WooShop(System):
    """The shop. Records are kept as the API shows them, by id; refunds and variations below their parents."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, dict[int, Record]] = {name: {} for name in ORDERBY}
        self.refunds: dict[int, dict[int, Record]] = {}
        self.variations: dict[int, dict[int, Record]] = {}
        self.next_id = 10
        self.forbidden: set[str] = set()
        self.key, self.secret = KEY, SECRET

    def place(self, customer: int = 0, lines: int = 1, at: dt.datetime | None = None, **changes: Any) -> Record:
        order = self._new("order", at) | {"customer_id": customer, "refunds": []} | changes
        order["number"] = str(order["id"])
        template = order["line_items"][0]
        order["line_items"] = [template | {"id": self._id(), "quantity": 1 + n} for n in range(lines)]
        if "line_items" in changes:
            order["line_items"] = changes["line_items"]
        self.tables["orders"][order["id"]] = order
        return order

    def add(self, table: str, at: dt.datetime | None = None, **changes: Any) -> Record:
        kind = {"customers": "customer", "products": "product", "coupons": "coupon", "products/reviews": "review"}[
            table
        ]
        record = self._new(kind, at) | changes
        self.tables[table][record["id"]] = record
        return record

    def edit(self, table: str, key: int, at: dt.datetime | None = None, **changes: Any) -> None:
        record = self.tables[table][key]
        record.update(changes)
        self._touch(record, at)

    def refund(
        self, order: int, amount: str = "1.00", lines: list[Record] | None = None, at: dt.datetime | None = None
    ) -> Record:
        refund = self._new("refund", at) | {"amount": amount, "line_items": lines or []}
        self.refunds.setdefault(order, {})[refund["id"]] = refund
        self._list_refunds(order, at)
        return refund

    def delete_refund(self, order: int, refund: int) -> None:
        del self.refunds[order][refund]
        self._list_refunds(order, None)

    def vary(self, product: int, **changes: Any) -> Record:
        variation = self._new("product", None) | {"type": "variation"} | changes
        self.variations.setdefault(product, {})[variation["id"]] = variation
        self.edit("products", product, type="variable")
        return variation

    def trash(self, table: str, key: int) -> None:
        self.edit(table, key, status="trash")

    def delete(self, table: str, key: int) -> None:
        del self.tables[table][key]
        {"orders": self.refunds, "products": self.variations}.get(table, {}).pop(key, None)

    def truth(self) -> dict[str, dict[str, Record]]:
        """Every record that there is, by the names of the lake's tables."""
        names = {"products/reviews": "product_reviews"}
        found = {names.get(name, name): {str(k): v for k, v in rows.items()} for name, rows in self.tables.items()}
        for name, children in {"order_refunds": self.refunds, "product_variations": self.variations}.items():
            found[name] = {str(k): v for rows in children.values() for k, v in rows.items()}
        return found

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911
        if not asked.path.startswith(PREFIX):
            return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
        if (refused := self._authenticate(asked)) is not None:
            return refused
        path = asked.path.removeprefix(PREFIX)
        if path in self.forbidden:
            return _error(403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if child := re.fullmatch(r"(orders|products)/(\d+)/(refunds|variations)", path):
            parents = self.tables[child[1]]
            if int(child[2]) not in parents:
                return _error(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
            rows = (self.refunds if child[3] == "refunds" else self.variations).get(int(child[2]), {})
            return self._list(path, asked.query, list(rows.values()), ORDERBY["orders"])
        if path not in self.tables:
            return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
        return self._list(path, asked.query, list(self.tables[path].values()), ORDERBY[path])

    def _authenticate(self, asked: Asked) -> Answer | None:
        given = asked.headers.get("Authorization", "").removeprefix("Basic ")
        key, _, secret = base64.b64decode(given).decode().partition(":")
        code = "woocommerce_rest_authentication_error"
        if key != self.key:
            return _error(401, code, "Consumer key is invalid.")
        return _error(401, code, "Consumer secret is invalid.") if secret != self.secret else None

    def _list(self, path: str, query: dict[str, str], rows: list[Record], orderby: set[str]) -> Answer:
        ordered = query.get("orderby", "name" if path == "customers" else "date")
        per_page, by = int(query.get("per_page", 10)), ordered
        if per_page > 100 or by not in orderby:
            return _error(
                400, "rest_invalid_param", f"Invalid parameter(s): {'per_page' if per_page > 100 else 'orderby'}"
            )
        for name in ("modified_after", "modified_before", "after", "before"):
            if query.get(name, "").startswith("1970-01-01T00:00:00"):
                return _error(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
        rows = [row for row in rows if self._is_asked(path, query, row)]
        column = {"id": "id", "modified": "date_modified_gmt"}.get(by, "date_created_gmt")
        rows.sort(key=lambda row: (row.get(column) or "" if column != "id" else 0, row["id"]))
        if query.get("order", "desc") == "desc":
            rows.reverse()
        start = int(query["offset"]) if "offset" in query else (int(query.get("page", 1)) - 1) * per_page
        shown = copy.deepcopy(rows[start : start + per_page])
        if "_fields" in query:
            shown = [{name: row[name] for name in query["_fields"].split(",") if name in row} for row in shown]
        return Answer(shown, headers={"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // per_page))})

    def _is_asked(self, path: str, query: dict[str, str], row: Record) -> bool:
        if "include" in query and str(row["id"]) not in query["include"].split(","):
            return False
        if path in ("orders", "products") and (row["status"] == "trash") != (query.get("status") == "trash"):
            return False
        dated = {"modified": "date_modified", "": "date_created"} if path in ("orders", "products", "coupons") else {}
        if path == "products/reviews":
            dated = {"": "date_created"}
        for prefix, column in dated.items():
            clock = row[f"{column}_gmt" if query.get("dates_are_gmt") == "true" else column]
            after, before = f"{prefix}_after".lstrip("_"), f"{prefix}_before".lstrip("_")
            if (after in query and not clock > query[after]) or (before in query and not clock < query[before]):
                return False
        return True

    def _new(self, kind: str, at: dt.datetime | None) -> Record:
        record: Record = copy.deepcopy(TEMPLATES[kind]) | {"id": self._id()}
        self._touch(record, at)
        for zone in ("", "_gmt"):
            record[f"date_created{zone}"] = self._stamp(at, zone)
        return record

    def _touch(self, record: Record, at: dt.datetime | None) -> None:
        if "date_modified" in record:
            for zone in ("", "_gmt"):
                record[f"date_modified{zone}"] = self._stamp(at, zone)

    def _stamp(self, at: dt.datetime | None, zone: str) -> str:
        return f"{(at or self.now()) + (dt.timedelta() if zone else SITE):%Y-%m-%dT%H:%M:%S}"

    def _list_refunds(self, order: int, at: dt.datetime | None) -> None:
        refunds = [
            {"id": r["id"], "reason": r["reason"], "total": f"-{r['amount']}"} for r in self.refunds[order].values()
        ]
        self.edit("orders", order, at, refunds=refunds)

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id


def _error(status: int, code: str, message: str) -> Answer:
    return Answer({"code": code, "message": message, "data": {"status": status}}, status)
