"""An audience as a CSV file with addresses, and the record of who is in it: `evermart export`.

The file is personal data. It is the only place where the rows of an audience and addresses meet; nothing of an address
is kept here. What has been exported counts as a contact: the next night takes it off everybody's budget.

Belongs here: choosing the rows, the file, the record. Does not belong here: who belongs to an audience (dbt).
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

EXPORT_COLUMNS: Final = {
    "export_id": "varchar",
    "audience_code": "varchar",
    "audience_key": "varchar",
    "customer_id": "varchar",
    "contact_channel": "varchar",
    "contact_date": "date",
    "exported_at": "timestamp",
}
ADDRESSES: Final = {
    "email": ("email",),
    "sms": ("phone",),
    "phone": ("phone",),
    "post": ("full_name", "street", "house_number", "postcode", "city", "address_country_code"),
    "push": (),
}
"""What goes into the file of a channel."""
NEEDED: Final = {"email": "email", "sms": "phone", "phone": "phone", "post": "street", "push": "customer_id"}
_GREETING: Final = ("given_name", "family_name", "language_code")
_FORMULA: Final = re.compile(r"^[\s\x00-\x1f\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
_AUDIENCES: Final = """
    select table_schema, table_name from information_schema.tables
    where table_name like 'audience\\_%' escape '\\' and table_schema in ('growth', 'loyalty')
    order by table_name
"""
# The budget is that of the night, less what has been exported since; the same row is exported once.
_ROWS: Final = """
    with exported as (
        select customer_id, count(*) as contacts, list(audience_key) as audience_keys
        from contact.audience_export where contact_date > ? group by customer_id
    )
    select audience.*, {contact}
    from {audience} as audience
    inner join personal.dim_customer_contact as contacts on audience.customer_id = contacts.customer_id
    inner join intermediate.int_contact_budget__measure as budgets on audience.customer_id = budgets.customer_id
    left join exported on audience.customer_id = exported.customer_id
    where audience.action = 'contact' and audience.contact_channel = ?
        and contacts.may_{channel} and contacts.{needed} is not null
        and budgets.budget_left - coalesce(exported.contacts, 0) > 0
        and not coalesce(list_contains(exported.audience_keys, audience.audience_key), false)
        and audience.audience_key not in (
            select audience_key from contact.audience_export where audience_code = ? and contact_date > ?
        )
    order by audience.audience_key
"""


class ExportError(Exception):
    """The audience cannot be exported; the message says why and what to do."""


@dataclass(frozen=True)
class Export:
    """What was written: the file, its rows, and the rows to contact that are not in it (no address, budget, done)."""

    path: Path
    rows: int
    left_out: int


def export_audience(warehouse: Path, folder: Path, audience: str, now: dt.datetime) -> Export:
    """Write the rows of an audience that are to be contacted, and record each of them; both or neither.

    Args:
        warehouse: The private warehouse, which no night may be writing.
        folder: Where the file goes; readable by its owner alone.
        audience: Name of the mart, with or without `audience_`.
        now: The instant that the record has, in UTC.

    Raises:
        ExportError: There is no warehouse, no such audience, or a night is running.
    """
    if not warehouse.is_file():
        raise ExportError(f"There is no warehouse at {warehouse}. Run `make nightly` first.")
    try:
        connection = duckdb.connect(str(warehouse))
    except duckdb.IOException as error:
        raise ExportError(f"The warehouse is in use, by a night or another command; try later. {error}") from error
    with connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema if not exists contact")
        columns = ", ".join(f"{name} {kind}" for name, kind in EXPORT_COLUMNS.items())
        connection.execute(f"create table if not exists contact.audience_export ({columns})")
        return _export(connection, folder, _mart(connection, audience), now)


def escaped(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula: one that looks like it begins with `'`.

    Source: OWASP, "CSV Injection". Full-width signs count as well, as some programs read them alike.
    """
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _mart(connection: duckdb.DuckDBPyConnection, audience: str) -> str:
    tables = {name: f"{schema}.{name}" for schema, name in connection.execute(_AUDIENCES).fetchall()}
    tables = {name: table for name, table in tables.items() if name != "audience_export"}
    name = audience if audience in tables else f"audience_{audience}"
    if name not in tables:
        known = ", ".join(tables) or "none; run `make nightly` first"
        raise ExportError(f"There is no audience {audience!r}. There are: {known}.")
    return tables[name]


def _export(connection: duckdb.DuckDBPyConnection, folder: Path, mart: str, now: dt.datetime) -> Export:
    code = mart.partition(".audience_")[2]
    found = connection.execute(
        f"select contact_channel, as_of_date, count(*) from {mart} where action = 'contact' group by all order by 1"
    ).fetchall()
    names: list[str] = []
    rows: list[tuple[Any, ...]] = []
    as_of: dt.date = found[0][1] if found else now.date()
    for channel, _, _ in found:
        own, chosen = _rows(connection, mart, channel, code, as_of)
        names = own if not names else [*names, *(name for name in own if name not in names)]
        rows += [tuple(dict(zip(own, row, strict=True)).get(name) for name in names) for row in chosen]
    export_id = uuid.uuid4().hex
    path = folder / f"audience_{code}-{now:%Y-%m-%dT%H-%M-%S}-{export_id[:6]}.csv"
    connection.execute("begin")
    try:
        if rows:
            contact_date = as_of + dt.timedelta(days=1)
            places = [names.index(name) for name in ("audience_key", "customer_id", "contact_channel")]
            connection.executemany(
                "insert into contact.audience_export values (?, ?, ?, ?, ?, ?, ?)",
                [
                    (export_id, code, *(row[place] for place in places), contact_date, now.replace(tzinfo=None))
                    for row in rows
                ],
            )
        _write(path, names, rows)
    except BaseException:
        connection.execute("rollback")
        path.unlink(missing_ok=True)
        raise
    connection.execute("commit")
    return Export(path, len(rows), sum(count for _, _, count in found) - len(rows))


def _rows(
    connection: duckdb.DuckDBPyConnection, mart: str, channel: str, code: str, as_of: dt.date
) -> tuple[list[str], list[tuple[Any, ...]]]:
    wanted = [*dict.fromkeys((*_GREETING, *ADDRESSES[channel]))]
    sql = _ROWS.format(
        audience=mart,
        channel=channel,
        needed=NEEDED[channel],
        contact=", ".join(f"contacts.{name}" for name in wanted),
    )
    cursor = connection.execute(sql, [as_of, channel, code, _begin(connection, mart)])
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def _begin(connection: duckdb.DuckDBPyConnection, mart: str) -> dt.date:
    """Return the day before the audience was drawn: a campaign that is open for weeks writes to nobody twice."""
    ((drawn,),) = connection.execute(f"select min(contact_on) from {mart}").fetchall()
    return dt.date(drawn.year, drawn.month, drawn.day) - dt.timedelta(days=1)


def _write(path: Path, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write the file at once, for its owner alone, with the mark by which spreadsheets know UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows([escaped(value) for value in row] for row in rows)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
