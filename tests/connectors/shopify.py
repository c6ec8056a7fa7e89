"""A shop on Shopify with a state, answering the queries of its Admin GraphQL API as its documentation says.

Its traps are kept: errors inside of a 200, throttling by cost, one query's greatest cost, orders of 60 days without the
scope for all of them, whole days in the search of customers, rows of a bulk file anywhere below their record.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from typing import Any

import graphql
from graphql.language import ast

from tests.connectors.server import Answer, Asked, System

CLIENT_ID, CLIENT_SECRET = "0123456789abcdef0123456789abcdef", "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"
TOKEN = "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"
SCOPES = {"read_orders", "read_all_orders", "read_customers", "read_products"}
GREATEST_COST, BUCKET, RESTORE = 1000, 2000, 1000
NEEDED = {"orders": "read_orders", "customers": "read_customers", "products": "read_products"}
CREATED = {"customer_date": "createdAt", "created_at": "createdAt", "updated_at": "updatedAt"}
TYPES = {"orders": "Order", "customers": "Customer", "products": "Product"}
SORTED = {"UPDATED_AT": "updatedAt", "ID": "id", "CREATED_AT": "createdAt"}
Record = dict[str, Any]


class ShopifyShop(System):
    """The shop. Records are kept as they land: connections are lists."""

    def __init__(self, version: str = "2026-10") -> None:
        super().__init__()
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in TYPES}
        self.refunds: dict[str, dict[str, Record]] = {}
        self.operations: dict[str, Record] = {}
        self.scopes, self.version, self.served = set(SCOPES), version, version
        self.denied: dict[str, str] = {}
        self.secret, self.token, self.tokens, self.token_seconds = CLIENT_SECRET, TOKEN, 0, 86399.0
        self.available, self.spends = BUCKET, False
        self.bulk_ends: list[tuple[str, str | None]] = []  # how the next operations end, where not well
        self.busy = 0
        self.queries: list[str] = []
        self.next_id = 100

    def place(
        self, customer: str | None = None, lines: int = 1, at: dt.datetime | None = None, **changes: Any
    ) -> Record:
        order = self._new("Order", at) | copy.deepcopy(ORDER)
        number = order["id"].rpartition("/")[2]
        order |= {"name": f"#{number}", "processedAt": order["createdAt"], "customer": customer and {"id": customer}}
        order["lineItems"] = [self.line(1 + n) for n in range(lines)]
        order["transactions"][0]["id"] = self._gid("OrderTransaction")
        order |= changes
        self.tables["orders"][order["id"]] = order
        return order

    def line(self, quantity: int = 1, price: str = "10.00", **changes: Any) -> Record:
        total = f"{float(price) * quantity:.2f}"
        return copy.deepcopy(LINE) | {
            "id": self._gid("LineItem"), "quantity": quantity, "currentQuantity": quantity,
            "originalUnitPriceSet": shop_money(price), "originalTotalSet": shop_money(total),
        } | changes  # fmt: skip

    def add(self, table: str, at: dt.datetime | None = None, **changes: Any) -> Record:
        template = {"customers": CUSTOMER, "products": PRODUCT}[table]
        record = self._new(TYPES[table], at) | copy.deepcopy(template) | changes
        if table == "products" and "variants" not in changes:
            record["variants"] = [self.variant(at)]
        self.tables[table][record["id"]] = record
        return record

    def variant(self, at: dt.datetime | None = None, **changes: Any) -> Record:
        return {"__typename": "ProductVariant"} | self._new("ProductVariant", at) | copy.deepcopy(VARIANT) | changes

    def edit(self, table: str, key: str, at: dt.datetime | None = None, **changes: Any) -> None:
        record = self.tables[table][key]
        record |= changes
        record["updatedAt"] = self._stamp(at)

    def refund(self, order: str, lines: list[Record] | None = None, amount: str = "10.00", **changes: Any) -> Record:
        refund = self._new("Refund", None) | copy.deepcopy(REFUND)
        refund |= {"processedAt": refund["createdAt"], "totalRefundedSet": both_moneys(amount)}
        refund["refundLineItems"] = lines if lines is not None else [self.refund_line(order)]
        refund |= changes
        self.refunds.setdefault(order, {})[refund["id"]] = refund
        self._list_refunds(order)
        return refund

    def refund_line(self, order: str, quantity: int = 1, amount: str = "10.00") -> Record:
        line = self.tables["orders"][order]["lineItems"][0]
        return {
            "__typename": "RefundLineItem", "id": self._gid("RefundLineItem"), "quantity": quantity,
            "restockType": "RETURN", "subtotalSet": shop_money(amount), "totalTaxSet": shop_money("0.00"),
            "lineItem": {"id": line["id"], "product": line["product"], "variant": line["variant"]},
        }  # fmt: skip

    def delete(self, table: str, key: str) -> None:
        del self.tables[table][key]
        self.refunds.pop(key, None)

    def truth(self) -> dict[str, dict[str, Record]]:
        refunds = {key: refund for refunds in self.refunds.values() for key, refund in refunds.items()}
        return copy.deepcopy(dict(self.tables) | {"order_refunds": refunds})

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/bulk/"):
            return Answer(self.operations[asked.path.removeprefix("/bulk/")]["file"])
        body = json.loads(asked.body)
        if asked.path == "/admin/oauth/access_token":
            return self._give_token(body)
        if asked.headers.get("X-Shopify-Access-Token") != self.token:
            return Answer({"errors": "[API] Invalid API key or access token (unrecognized login)"}, 401)
        if asked.path != f"/admin/api/{self.version}/graphql.json":
            return Answer({"errors": "Not Found"}, 404)
        self.queries.append(body["query"])
        return Answer(self._query(body, asked), headers={"X-Shopify-API-Version": self.served})

    def _give_token(self, body: Record) -> Answer:
        if (body["client_id"], body["client_secret"]) != (CLIENT_ID, self.secret):
            return Answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 400)
        self.tokens += 1
        return Answer(
            {"access_token": self.token, "scope": ",".join(sorted(self.scopes)), "expires_in": self.token_seconds}
        )

    def _query(self, body: Record, asked: Asked) -> Record:
        document = graphql.parse(body["query"])
        operation = next(d for d in document.definitions if isinstance(d, ast.OperationDefinitionNode))
        variables = body.get("variables") or {}
        cost = _cost(operation.selection_set, variables)
        if cost > GREATEST_COST:
            return _error(f"Query cost is {cost}, which exceeds the single query max cost limit", "MAX_COST_EXCEEDED")
        status = {"maximumAvailable": BUCKET, "currentlyAvailable": self.available, "restoreRate": RESTORE}
        extensions = {"cost": {"requestedQueryCost": cost, "actualQueryCost": None, "throttleStatus": status}}
        if cost > self.available:
            self.available = BUCKET  # the next comes after the pause
            return _error("Throttled", "THROTTLED") | {"extensions": extensions}
        if self.spends:
            self.available -= cost
            status["currentlyAvailable"] = self.available
        try:
            data = {}
            for field in operation.selection_set.selections:
                assert isinstance(field, ast.FieldNode)
                data[field.name.value] = self._root(field, variables, asked)
        except Denied as error:
            return _error(str(error), "ACCESS_DENIED") | {"data": None}
        except Undefined as error:
            return _error(str(error), "undefinedField")
        return {"data": data, "extensions": extensions}

    def _root(self, field: ast.FieldNode, variables: Record, asked: Asked) -> Any:  # noqa: PLR0911
        name, arguments = field.name.value, _arguments(field, variables)
        if name in self.tables:
            return self._page(self._list(name, arguments), field, variables)
        if name.removesuffix("Count") in self.tables:
            rows = self._list(name.removesuffix("Count"), arguments)
            return {"count": min(len(rows), arguments["limit"] or len(rows))}
        if name in ("node", "order"):
            return self._project(self._find(arguments["id"]), field, variables)
        if name == "nodes":
            return [self._project(self._find(key), field, variables) for key in arguments["ids"]]
        if name == "shop":
            return {"id": "gid://shopify/Shop/1"}
        if name == "currentAppInstallation":
            return {"accessScopes": [{"handle": scope} for scope in sorted(self.scopes)]}
        if name == "bulkOperationRunQuery":
            return self._run(arguments["query"])
        if name == "bulkOperationCancel":
            return {"userErrors": []}
        assert name == "bulkOperation"
        return self._watch(arguments["id"], asked)

    def _list(self, table: str, arguments: Record) -> list[Record]:
        if NEEDED[table] not in self.scopes:
            raise Denied(f"Access denied for {table} field. Required access: `{NEEDED[table]}` access scope.")
        rows = [row for row in self.tables[table].values() if self._is_visible(row)]
        for name, sign, value in re.findall(r"(\w+):(>=|<)'([^']+)'", arguments.get("query") or ""):
            length = 10 if table == "customers" else 20
            clocks = [(row, row[CREATED[name]][:length]) for row in rows]
            rows = [r for r, clock in clocks if (clock >= value[:length] if sign == ">=" else clock < value[:length])]
        key = SORTED[arguments.get("sortKey", "ID")]
        return sorted(rows, key=lambda row: (row[key], row["id"]), reverse=bool(arguments.get("reverse")))

    def _is_visible(self, row: Record) -> bool:
        if "/Order/" not in row["id"] or "read_all_orders" in self.scopes:
            return True
        return bool(row["createdAt"] >= f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=60):%Y-%m-%dT%H:%M:%SZ}")

    def _find(self, key: str) -> Record | None:
        rows: Record = {}
        for table in (*self.tables.values(), *self.refunds.values()):
            rows |= table
        row: Record | None = rows.get(key)
        if row is None or not self._is_visible(row):
            return None
        if key in self.tables["orders"]:
            refunds = list(self.refunds.get(key, {}).values())
            return row | {"refunds": refunds}
        return dict(row)

    def _page(self, rows: list[Record], field: ast.FieldNode, variables: Record) -> Record:
        arguments = _arguments(field, variables)
        keys = [_cursor(row) for row in rows]
        start = _after(keys, arguments.get("after"))
        shown = rows[start : start + arguments["first"]]
        more = start + len(shown) < len(rows)
        page: Record = {}
        for one in _fields(field):
            if one.name.value == "nodes":
                page["nodes"] = [self._project(row, one, variables) for row in shown]
            else:
                page["pageInfo"] = {"hasNextPage": more, "endCursor": _cursor(shown[-1]) if shown else None}
        return page

    def _project(self, row: Any, field: ast.FieldNode | ast.InlineFragmentNode, variables: Record) -> Any:
        if isinstance(row, list):
            return [self._project(one, field, variables) for one in row]
        if not isinstance(row, dict) or field.selection_set is None:
            return row
        shown: Record = {}
        for one in field.selection_set.selections:
            if isinstance(one, ast.InlineFragmentNode):
                kind = one.type_condition.name.value if one.type_condition else ""
                if kind == _type(row):
                    shown |= self._project(row, one, variables)
                continue
            assert isinstance(one, ast.FieldNode)
            name = one.name.value
            if name in self.denied:
                raise Denied(self.denied[name])
            if name not in row:
                raise Undefined(f"Field '{name}' doesn't exist on type '{_type(row)}'")
            inner = {"nodes", "edges"} & {two.name.value for two in _fields(one)}
            shown[name] = (
                self._page(row[name], one, variables)
                if inner == {"nodes"}
                else self._project(row[name], one, variables)
            )
        return shown

    def _run(self, query: str) -> Record:
        if self.busy:
            self.busy -= 1
            error = {"code": "LIMIT_REACHED", "message": "A bulk query operation is already in progress"}
            return {"bulkOperation": None, "userErrors": [error]}
        [operation] = graphql.parse(query).definitions
        assert isinstance(operation, ast.OperationDefinitionNode)
        [field] = operation.selection_set.selections
        assert isinstance(field, ast.FieldNode)
        lines: list[Record] = []
        rows = self._list(field.name.value, _arguments(field, {}))
        for start in range(0, len(rows), 3):  # the rows of three records follow them together
            parts = [self._extract(row, field) for row in rows[start : start + 3]]
            lines += [part[0] for part in parts] + [line for part in parts for line in part[1:]]
        key = self._gid("BulkOperation")
        self.operations[key.rpartition("/")[2]] = {
            "polls": 0, "ends": self.bulk_ends.pop(0) if self.bulk_ends else ("COMPLETED", None), "objects": len(lines),
            "file": "".join(json.dumps(line) + "\n" for line in lines).encode(),
        }  # fmt: skip
        return {"bulkOperation": {"id": key}, "userErrors": []}

    def _extract(self, row: Record, field: ast.FieldNode) -> list[Record]:
        [node] = _fields(_fields(field)[0])
        record: Record = {}
        children: list[Record] = []
        for one in _fields(node):
            if (inner := _fields(one)) and inner[0].name.value == "edges":
                for child in row[one.name.value]:
                    children.append(self._project(child, _fields(inner[0])[0], {}) | {"__parentId": row["id"]})
            else:
                record[one.name.value] = self._project(row[one.name.value], one, {})
        return [record, *children]

    def _watch(self, key: str, asked: Asked) -> Record:
        number = key.rpartition("/")[2]
        operation = self.operations[number]
        operation["polls"] += 1
        status, error = ("RUNNING", None) if operation["polls"] == 1 else operation["ends"]
        url = f"https://{asked.headers['Host']}/bulk/{number}"
        whole = status == "COMPLETED" and operation["objects"] > 0
        return {
            "status": status, "errorCode": error, "objectCount": str(operation["objects"]),
            "fileSize": str(len(operation["file"])) if whole else None, "url": url if whole else None,
        }  # fmt: skip

    def _list_refunds(self, order: str) -> None:
        listed = [{"id": r["id"], "updatedAt": r["updatedAt"]} for r in self.refunds[order].values()]
        self.edit("orders", order, refunds=listed)

    def _new(self, kind: str, at: dt.datetime | None) -> Record:
        stamp = self._stamp(at)
        return {"id": self._gid(kind), "createdAt": stamp, "updatedAt": stamp}

    def _gid(self, kind: str) -> str:
        self.next_id += 1
        return f"gid://shopify/{kind}/{self.next_id}"

    def _stamp(self, at: dt.datetime | None) -> str:
        return f"{at or self.now():%Y-%m-%dT%H:%M:%SZ}"


class Denied(Exception):
    """A field is not for this app."""


class Undefined(Exception):
    """There is no such field."""


def shop_money(amount: str) -> Record:
    return {"shopMoney": {"amount": amount}}


def both_moneys(amount: str, shown: str | None = None, currency: str = "EUR") -> Record:
    return shop_money(amount) | {"presentmentMoney": {"amount": shown or amount, "currencyCode": currency}}


def _error(message: str, code: str) -> Record:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _cost(selection: ast.SelectionSetNode | None, variables: Record) -> int:
    """An object costs a point, a connection as much as the rows that it may have."""
    total = 0
    for one in selection.selections if selection else ():
        inner = getattr(one, "selection_set", None)
        if inner is None:
            continue
        times = _arguments(one, variables).get("first", 1) if isinstance(one, ast.FieldNode) else 1
        total += times * (1 + _cost(inner, variables)) if isinstance(one, ast.FieldNode) else _cost(inner, variables)
    return total


def _arguments(field: ast.FieldNode, variables: Record) -> Record:
    return {one.name.value: graphql.value_from_ast_untyped(one.value, variables) for one in field.arguments}


def _fields(field: Any) -> list[ast.FieldNode]:
    selections = field.selection_set.selections if field.selection_set else ()
    return [one for one in selections if isinstance(one, ast.FieldNode)]


def _type(row: Record) -> str:
    return str(row.get("__typename") or str(row.get("id", "")).split("/")[3])


def _cursor(row: Record) -> str:
    """A place in the list, which stays when others leave it."""
    return f"{row.get('updatedAt', '')}|{row.get('id', row.get('index'))}"


def _after(keys: list[str], cursor: str | None) -> int:
    if cursor is None:
        return 0
    if cursor in keys:
        return keys.index(cursor) + 1
    return next((place for place, key in enumerate(keys) if key > cursor), len(keys))


ADDRESS: Record = {
    "firstName": "Ana", "lastName": "Ruiz", "phone": None, "address1": "Calle 1", "address2": None, "zip": "28001",
    "city": "Madrid", "countryCodeV2": "ES",
}  # fmt: skip
CUSTOMER: Record = {
    "state": "DISABLED", "locale": "es", "verifiedEmail": True, "firstName": "Ana", "lastName": "Ruiz",
    "defaultEmailAddress": {"emailAddress": "ana@example.org", "marketingState": "SUBSCRIBED",
                            "marketingUpdatedAt": "2026-01-01T00:00:00Z"},
    "defaultPhoneNumber": None, "defaultAddress": ADDRESS,
}  # fmt: skip
PRODUCT: Record = {
    "title": "Shirt", "productType": "Wear", "vendor": "Acme", "status": "ACTIVE", "isGiftCard": False,
    "category": None,
}  # fmt: skip
VARIANT: Record = {"title": "Default Title", "sku": "A-1", "price": "10.00", "compareAtPrice": None}
LINE: Record = {
    "__typename": "LineItem", "name": "Shirt - S", "title": "Shirt", "sku": "A-1", "isGiftCard": False,
    "product": {"id": "gid://shopify/Product/1"}, "variant": {"id": "gid://shopify/ProductVariant/2"},
    "taxLines": [{"priceSet": shop_money("1.60")}],
    "discountAllocations": [{"allocatedAmountSet": shop_money("1.00"), "discountApplication": {"index": 0}}],
}  # fmt: skip
ORDER: Record = {
    "cancelledAt": None, "cancelReason": None, "closedAt": None, "test": False, "edited": False, "sourceName": "web",
    "taxesIncluded": True, "currencyCode": "EUR", "presentmentCurrencyCode": "EUR", "displayFinancialStatus": "PAID",
    "displayFulfillmentStatus": "UNFULFILLED", "returnStatus": "NO_RETURN", "subtotalPriceSet": both_moneys("9.00"),
    "totalPriceSet": both_moneys("12.90"), "totalTaxSet": shop_money("2.06"), "totalTipReceivedSet": shop_money("0.0"),
    "email": "ana@example.org", "phone": None, "billingAddress": ADDRESS, "shippingAddress": ADDRESS,
    "transactions": [{"id": "", "kind": "SALE", "status": "SUCCESS", "gateway": "shopify_payments", "test": False,
                      "createdAt": "2026-01-01T00:00:00Z", "processedAt": "2026-01-01T00:00:00Z",
                      "amountSet": shop_money("12.90"), "parentTransaction": None}],
    "fulfillments": [], "refunds": [],
    "shippingLines": [{"__typename": "ShippingLine", "id": "gid://shopify/ShippingLine/1", "title": "Post",
                       "code": "post", "originalPriceSet": shop_money("3.90"), "discountedPriceSet": shop_money("3.90"),
                       "taxLines": [{"priceSet": shop_money("0.62")}]}],
    "discountApplications": [{"__typename": "DiscountCodeApplication", "index": 0, "targetType": "LINE_ITEM",
                              "code": "SAVE10"}],
}  # fmt: skip
REFUND: Record = {
    "note": "too small", "refundShippingLines": [], "orderAdjustments": [],
    "transactions": [{"__typename": "OrderTransaction", "id": "gid://shopify/OrderTransaction/9", "kind": "REFUND",
                      "status": "SUCCESS", "gateway": "shopify_payments", "createdAt": "2026-01-01T00:00:00Z",
                      "processedAt": "2026-01-01T00:00:00Z", "amountSet": shop_money("10.00")}],
}  # fmt: skip
