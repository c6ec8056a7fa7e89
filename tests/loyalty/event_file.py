"""Reads a file of events: everything that happens to members, one row each, in any order.

The columns are described in `docs/loyalty-oracle.md`.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.loyalty.history import Card, Event, History, Line, Order, Payment, Refund
from tests.loyalty.tables_file import (
    BOOLEAN,
    DATE,
    INSTANT,
    INTEGER,
    TEXT,
    InvalidInput,
    Kind,
    Row,
    choice,
    decimal,
    read_rows,
)

ORDER_FIELDS = {
    "source_system": "source_system", "store_key": "store_key", "country_code": "country_code", "channel": "channel",
    "exchange_rate": "exchange_rate", "prices_include_tax": "prices_include_tax", "is_valid_order": "is_valid",
}  # fmt: skip
LINE_FIELDS = {
    "gross_amount": "gross", "discount_amount": "discount", "tax_amount": "tax",
    "paid_by_points_amount": "paid_by_points", "is_gift_card": "is_gift_card", "category": "category",
    "product_type": "product_type", "brand": "brand",
}  # fmt: skip
CARD = "loyalty_card"
GIVEN = ("adjust", "bonus", "referral")
REQUIRED = {
    "join": ("customer_id",),
    "order_line": ("customer_id", "key", "order_key", "gross_amount"),
    "points_payment": ("key", "order_key"),
    "refund_line": ("key", "order_line_key", "amount"),
    "redeem_reversal": ("key", "payment_key", "points"),
    "merge": ("customer_id", "into_customer_id"),
} | dict.fromkeys(GIVEN, ("customer_id", "key", "points"))
KINDS: dict[str, Kind] = {
    "event": choice(*REQUIRED),
    "at": INSTANT,
    **dict.fromkeys(
        (
            "customer_id", "into_customer_id", "key", "order_key", "order_line_key", "payment_key", "source_system",
            "store_key", "country_code", "category", "product_type", "brand", "programme_code",
        ),
        TEXT,
    ),
    "record_type": choice(CARD, "eshop_account"),
    "channel": choice("online", "store"),
    **dict.fromkeys(
        ("gross_amount", "discount_amount", "tax_amount", "paid_by_points_amount", "amount"), decimal(4)
    ),
    "exchange_rate": decimal(8),
    **dict.fromkeys(
        ("prices_include_tax", "is_valid_order", "is_gift_card", "moves_money", "counts_for_tier"), BOOLEAN
    ),
    "points": INTEGER,
    "expires_on": DATE,
}  # fmt: skip
DEFAULT_SYSTEM = "till"


def read_events(path: Path) -> History:
    """Read a history; merges are applied.

    Raises:
        InvalidInput: When the file is missing, or a row is not whole or speaks of something that is not there.
    """
    rows = read_rows(path, KINDS, optional=frozenset(KINDS) - {"event", "at"})
    problems = [problem for row in rows for problem in _missing(row)]
    if not problems:
        problems = [*_doubles(rows), *_strangers(rows)]
    if problems:
        raise InvalidInput(problems)
    by_event = {event: [row.values for row in rows if row.values["event"] == event] for event in REQUIRED}
    history = History(
        cards=tuple(_card(number, row) for number, row in enumerate(by_event["join"])),
        orders=_orders([row for row in rows if row.values["event"] == "order_line"]),
        refunds=tuple(
            Refund(row["key"], row["order_line_key"], row["at"], row["amount"]) for row in by_event["refund_line"]
        ),
        payments=tuple(_payment(row) for row in by_event["points_payment"]),
        events=tuple(_event(row) for kind in (*GIVEN, "redeem_reversal") for row in by_event[kind]),
    )
    return history.of(_people(by_event["merge"]))


def _missing(row: Row) -> list[str]:
    event = row.values.get("event")
    if event is None:
        return [row.problem("event", None, KINDS["event"].remedy)]
    wanted = ("at", *REQUIRED[event])
    found = [
        row.problem(field, None, f"{KINDS[field].remedy}; every {event} needs it")
        for field in wanted
        if row.values.get(field) is None
    ]
    points = row.values.get("points")
    if event in ("bonus", "referral", "redeem_reversal") and points is not None and points <= 0:
        found.append(row.problem("points", points, "write more than 0; what takes points away is an adjust"))
    if event == "points_payment" and points is None and row.values.get("amount") is None:
        found.append(row.problem("points", None, "write the points, or the amount of money that they paid"))
    return found


def _doubles(rows: list[Row]) -> list[str]:
    seen: dict[tuple[str, str], int] = {}
    problems = []
    for row in rows:
        kind = "loyalty event" if row.values["event"] in (*GIVEN, "redeem_reversal") else row.values["event"]
        if kind == "join":
            kind = row.values.get("record_type") or CARD
        key = row.values.get("key")
        if key is not None and (kind, key) in seen:
            problems.append(row.problem("key", key, f"row {seen[kind, key]} has it as well; name one otherwise"))
        seen.setdefault((kind, key or ""), row.number)
    return problems


def _strangers(rows: list[Row]) -> list[str]:
    """Find rows that speak of an order, a line or a payment that is not in the file."""
    lines = [row.values for row in rows if row.values["event"] == "order_line"]
    orders, keys = {line["order_key"] for line in lines}, {line["key"] for line in lines}
    payments = {row.values["key"] for row in rows if row.values["event"] == "points_payment"}
    links = {
        "points_payment": ("order_key", orders, "order_line"),
        "refund_line": ("order_line_key", keys, "order_line"),
        "redeem_reversal": ("payment_key", payments, "points_payment"),
    }
    problems = []
    for row in rows:
        field, known, other = links.get(row.values["event"], ("", set(), ""))
        if field and row.values[field] not in known:
            problems.append(row.problem(field, row.values[field], f"no {other} has it; correct it, or add the {other}"))
    return problems


def _given(row: dict[str, Any] | Any, names: dict[str, str]) -> dict[str, Any]:
    return {name: row[column] for column, name in names.items() if row.get(column) is not None}


def _card(number: int, row: Any) -> Card:
    return Card(
        row.get("key") or f"{row['customer_id']}:{number}",
        row["customer_id"],
        row.get("source_system") or DEFAULT_SYSTEM,
        row["at"],
        row.get("country_code"),
        row.get("record_type") or CARD,
    )


def _orders(rows: list[Row]) -> tuple[Order, ...]:
    """Put lines together to orders; what they say of the order has to agree."""
    first: dict[str, Row] = {}
    lines: dict[str, list[Line]] = {}
    problems = []
    for row in rows:
        key = row.values["order_key"]
        same = first.setdefault(key, row)
        problems += [
            row.problem(
                field, row.values.get(field), f"row {same.number} of the same order says otherwise; make it agree"
            )
            for field in ("at", "customer_id", *ORDER_FIELDS)
            if row.values.get(field) != same.values.get(field)
        ]
        lines.setdefault(key, []).append(Line(row.values["key"], **_given(row.values, LINE_FIELDS)))
    if problems:
        raise InvalidInput(problems)
    return tuple(
        Order(
            order_key=key,
            customer=row.values["customer_id"],
            at=row.values["at"],
            lines=tuple(lines[key]),
            **{"source_system": DEFAULT_SYSTEM} | _given(row.values, ORDER_FIELDS),
        )
        for key, row in first.items()
    )


def _payment(row: Any) -> Payment:
    moves_money = row.get("moves_money")
    amount = row.get("amount") or Decimal(0)
    return Payment(
        row["key"], row["order_key"], row["at"], row.get("points"), amount, moves_money is None or moves_money
    )


def _event(row: Any) -> Event:
    return Event(
        row["key"],
        row["event"],
        row.get("customer_id") or "",
        row.get("source_system") or DEFAULT_SYSTEM,
        row["at"],
        row["points"],
        row.get("programme_code"),
        row.get("payment_key"),
        row.get("expires_on"),
        bool(row.get("counts_for_tier")),
    )


def _people(merges: list[Any]) -> dict[str, str]:
    """Follow chains of merges, in the order in which they happened."""
    into: dict[str, str] = {}
    for row in sorted(merges, key=lambda row: row["at"]):
        survivor = into.get(row["into_customer_id"], row["into_customer_id"])
        absorbed = into.get(row["customer_id"], row["customer_id"])
        into = {person: survivor if living == absorbed else living for person, living in into.items()}
        if absorbed != survivor:
            into[absorbed] = survivor
    return into
