"""A seller's account of Square with a state, answering as its documentation and its OpenAPI say.

Its traps are kept: an empty list is left out, a cursor belongs to its query, ten locations at most in one search, a
time filter asks for the same sort, payments without a location are those of the main one, lists begin a year ago unless
told otherwise, returns are orders of their own, money is whole minor units.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from tests.connectors.server import Answer, Asked, System

TOKEN = "EAAAl0123456789abcdefSquare"
Record = dict[str, Any]
SCOPES = {
    "locations": "MERCHANT_PROFILE_READ",
    "orders": "ORDERS_READ",
    "payments": "PAYMENTS_READ",
    "refunds": "PAYMENTS_READ",
    "customers": "CUSTOMERS_READ",
    "loyalty": "LOYALTY_READ",
    "catalog": "ITEMS_READ",
}


def money(amount: int, currency: str = "EUR") -> Record:
    return {"amount": amount, "currency": currency}


class SquareSeller(System):
    """The account. Records are kept as the API shows them, by table and id."""

    def __init__(self, locations: int = 2) -> None:
        super().__init__()
        names = ("locations", "catalog", "customers", "orders", "payments", "refunds", "loyalty_accounts",
                 "loyalty_events")  # fmt: skip
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in names}
        self.next_id = 0
        self.missing_scopes: set[str] = set()
        self.token_error = "UNAUTHORIZED"
        for number in range(locations):
            address = {"address_line_1": "Street 1", "locality": "Berlin"}
            opened = self.now() - dt.timedelta(days=1100)
            self.add("locations", opened, name=f"Store {number}", status="ACTIVE", country="DE", currency="EUR",
                     timezone="Europe/Berlin", address=address)  # fmt: skip

    def add(self, table: str, at: dt.datetime | None = None, **fields: Any) -> Record:
        self.next_id += 1
        stamp = self._stamp(at)
        record = {"id": f"{table[:3].upper()}{self.next_id:06}", "created_at": stamp} | fields
        if table not in ("locations", "loyalty_events"):
            record["updated_at"] = stamp
        if table == "catalog":
            del record["created_at"]
        self.tables[table][record["id"]] = record
        return record

    def sell(self, *, location: int = 0, at: dt.datetime | None = None, price: int = 1000, **changes: Any) -> Record:
        """Ring up a sale of one line, paid by card."""
        place = list(self.tables["locations"])[location]
        line = {"uid": "L1", "name": "Tea", "quantity": "1", "item_type": "ITEM", "base_price_money": money(price),
                "gross_sales_money": money(price), "total_tax_money": money(0), "total_discount_money": money(0),
                "total_money": money(price)}  # fmt: skip
        order = self.add("orders", at, location_id=place, state="COMPLETED", line_items=[line],
                         total_money=money(price), total_tax_money=money(0), total_discount_money=money(0),
                         total_tip_money=money(0), net_amount_due_money=money(0))  # fmt: skip
        order["closed_at"] = order["created_at"]
        payment = self.add("payments", at, location_id=place, order_id=order["id"], status="COMPLETED",
                           amount_money=money(price), source_type="CARD",
                           card_details={"status": "CAPTURED", "card": {"card_brand": "VISA"}})  # fmt: skip
        tender = {"id": payment["id"], "payment_id": payment["id"], "type": "CARD", "amount_money": money(price),
                  "created_at": order["created_at"]}  # fmt: skip
        order |= {"tenders": [tender]} | changes
        return order

    def give_back(self, order: Record, amount: int = 100, at: dt.datetime | None = None) -> Record:
        """Take goods back: a return is an order of its own, the money a refund, and the payment's clock moves."""
        line = {"uid": "R1", "source_line_item_uid": "L1", "name": "Tea", "quantity": "1", "item_type": "ITEM",
                "base_price_money": money(amount), "gross_return_money": money(amount), "total_tax_money": money(0),
                "total_discount_money": money(0), "total_money": money(amount)}  # fmt: skip
        back = self.add("orders", at, location_id=order["location_id"], state="COMPLETED", total_money=money(0),
                        returns=[{"uid": "B1", "source_order_id": order["id"], "return_line_items": [line]}],
                        return_amounts={"total_money": money(amount)})  # fmt: skip
        payment = next(p for p in self.tables["payments"].values() if p["order_id"] == order["id"])
        refund = self.add("refunds", at, location_id=order["location_id"], status="PENDING", payment_id=payment["id"],
                          amount_money=money(amount), order_id=back["id"], reason="too strong")  # fmt: skip
        self.edit("payments", payment["id"], at, refund_ids=[*payment.get("refund_ids", []), refund["id"]])
        return refund

    def edit(self, table: str, key: str, at: dt.datetime | None = None, **changes: Any) -> None:
        self.tables[table][key] |= changes | {"updated_at": self._stamp(at)}

    def truth(self) -> dict[str, dict[str, Record]]:
        return self.tables

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, self.token_error, "This request could not be authorized.", "AUTHENTICATION_ERROR")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", asked.headers.get("Square-Version", "")):
            return _error(400, "INVALID_SQUARE_VERSION_FORMAT", "Square-Version header is missing")
        if (scope := SCOPES.get(asked.path.removeprefix("/v2/").partition("/")[0])) in self.missing_scopes:
            detail = f"The merchant must authorize your application for the following scopes: [{scope}]"
            return _error(403, "INSUFFICIENT_SCOPES", detail, "AUTHENTICATION_ERROR")
        body = json.loads(asked.body) if asked.body else dict(asked.query)
        found: Callable[[Record], Answer] | None = {
            ("POST", "/v2/orders/search"): self._orders,
            ("POST", "/v2/orders/batch-retrieve"): lambda b: self._some("orders", b["order_ids"]),
            ("POST", "/v2/catalog/search"): self._catalog,
            ("POST", "/v2/catalog/batch-retrieve"): lambda b: self._some("catalog", b["object_ids"], "objects"),
            ("POST", "/v2/customers/search"): self._customers,
            ("POST", "/v2/customers/bulk-retrieve"): self._bulk_customers,
            ("POST", "/v2/loyalty/accounts/search"): self._accounts,
            ("POST", "/v2/loyalty/events/search"): self._events,
            ("GET", "/v2/payments"): lambda q: self._moneys("payments", q),
            ("GET", "/v2/refunds"): lambda q: self._moneys("refunds", q),
            ("GET", "/v2/locations"): lambda q: Answer({"locations": list(self.tables["locations"].values())}),
        }.get((asked.method, asked.path))
        if found:
            return found(body)
        one = re.fullmatch(r"/v2/(locations|loyalty/accounts)/(\w+)", asked.path)
        table, name = {"locations": ("locations", "location")}.get(
            one[1] if one else "", ("loyalty_accounts", "loyalty_account")
        )
        if one and one[2] in self.tables[table]:
            return Answer({name: self.tables[table][one[2]]})
        return _error(404, "NOT_FOUND", "API endpoint for URL path not found.")

    def _orders(self, body: Record) -> Answer:
        places = body.get("location_ids", [])
        if not 0 < len(places) <= 10:
            return _error(400, "ARRAY_LENGTH_TOO_LONG", "Field must not be greater than 10 in length")
        query = body.get("query", {})
        times = query.get("filter", {}).get("date_time_filter", {})
        sort = query.get("sort", {})
        by = sort.get("sort_field", "CREATED_AT").lower()
        if set(times) - {by}:
            return _error(400, "BAD_REQUEST", "sort_field must match the date_time_filter")
        rows = [row for row in self.tables["orders"].values() if row["location_id"] in places]
        rows = [row for row in rows if _within(row.get(by, ""), times.get(by, {}))]
        rows.sort(key=lambda row: (row.get(by, ""), row["id"]), reverse=sort.get("sort_order", "DESC") == "DESC")
        if body.get("return_entries"):
            entries = [{"order_id": row["id"], "location_id": row["location_id"], "version": 1} for row in rows]
            return self._page(body, entries, "order_entries", 1000, 500)
        return self._page(body, rows, "orders", 1000, 500)

    def _moneys(self, table: str, query: dict[str, str]) -> Answer:
        main = next(iter(self.tables["locations"]))
        place = query.get("location_id", main if table == "payments" else None)
        begins = query.get("begin_time", self._stamp(self.now() - dt.timedelta(days=365)))
        rows = [row for row in self.tables[table].values() if place is None or row["location_id"] == place]
        rows = [row for row in rows if row["created_at"] >= begins]
        span = {"start_at": query.get("updated_at_begin_time", ""), "end_at": query.get("updated_at_end_time", "9")}
        rows = [row for row in rows if _within(row["updated_at"], span)]
        by = query.get("sort_field", "CREATED_AT").lower()
        rows.sort(key=lambda row: (row[by], row["id"]), reverse=query.get("sort_order", "DESC") == "DESC")
        return self._page(query, rows, table, 100, 100)

    def _customers(self, body: Record) -> Answer:
        query = body.get("query", {})
        rows = list(self.tables["customers"].values())
        for name, span in query.get("filter", {}).items():
            rows = [row for row in rows if _within(row[name], span)]
        sort = query.get("sort", {})
        rows.sort(key=lambda row: row["created_at"], reverse=sort.get("order") == "DESC")
        answer = self._page(body, rows, "customers", 100, 100)
        if body.get("count"):
            answer.body["count"] = len(rows)
        return answer

    def _bulk_customers(self, body: Record) -> Answer:
        rows = self.tables["customers"]
        gone = {"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND", "detail": "Customer not found"}]}
        return Answer({"responses": {k: {"customer": rows[k]} if k in rows else gone for k in body["customer_ids"]}})

    def _catalog(self, body: Record) -> Answer:
        rows = [row for row in self.tables["catalog"].values() if row["type"] in body["object_types"]]
        return self._page(body, rows, "objects", 1000, 100)

    def _accounts(self, body: Record) -> Answer:
        rows = sorted(self.tables["loyalty_accounts"].values(), key=lambda row: (row["created_at"], row["id"]))
        return self._page(body, rows, "loyalty_accounts", 200, 30)

    def _events(self, body: Record) -> Answer:
        span = body.get("query", {}).get("filter", {}).get("date_time_filter", {}).get("created_at", {})
        rows = [row for row in self.tables["loyalty_events"].values() if _within(row["created_at"], span, until=False)]
        rows.sort(key=lambda row: (row["created_at"], row["id"]), reverse=True)
        return self._page(body, rows, "events", 30, 30)

    def _some(self, table: str, keys: list[str], name: str | None = None) -> Answer:
        if len(keys) > 100:
            return _error(400, "ARRAY_LENGTH_TOO_LONG", "Field must not be greater than 100 in length")
        rows = [self.tables[table][key] for key in keys if key in self.tables[table]]
        return Answer({name or table: rows} if rows else {})

    def _page(self, asked: Record, rows: list[Record], name: str, most: int, default: int) -> Answer:
        limit = int(asked.get("limit", default))
        if not 0 < limit <= most:
            return _error(400, "VALUE_TOO_HIGH", f"limit must be at most {most}")
        query = {key: value for key, value in asked.items() if key != "cursor"}
        digest = hashlib.md5(json.dumps(query, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        start = 0
        if "cursor" in asked:
            belongs, _, after = base64.b64decode(asked["cursor"]).decode().partition(":")
            if belongs != digest:
                return _error(400, "INVALID_CURSOR", "The cursor belongs to another query")
            start = int(after)
        body: Record = {name: rows[start : start + limit]} if rows[start:] else {}
        if len(rows) > start + limit:
            body["cursor"] = base64.b64encode(f"{digest}:{start + limit}".encode()).decode()
        return Answer(body)

    def _stamp(self, at: dt.datetime | None) -> str:
        return f"{at or self.now():%Y-%m-%dT%H:%M:%S}.{self.next_id % 1000:03}Z"


def _within(clock: str, span: dict[str, str], until: bool = True) -> bool:
    last = span.get("end_at", "9")
    return span.get("start_at", "") <= clock and (clock <= last if until else clock < last)


def _error(status: int, code: str, detail: str, category: str = "INVALID_REQUEST_ERROR") -> Answer:
    return Answer({"errors": [{"category": category, "code": code, "detail": detail}]}, status)
