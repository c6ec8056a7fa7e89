"""A chunk of people as tables: everything about them, ready for the exports and the truth.

Belongs here: drawing a chunk and handing it to DuckDB. Does not belong here: the columns of any export file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.sample import bonus
from ingestion.sample.baskets import Baskets, draw_baskets
from ingestion.sample.catalogue import COUNTRIES, STORES, products
from ingestion.sample.contacts import draw_contacts
from ingestion.sample.draws import Draws, Ints
from ingestion.sample.engine import keep_books
from ingestion.sample.exports import MACROS
from ingestion.sample.feedback import draw_feedback
from ingestion.sample.outcomes import NEVER, Outcomes, draw_outcomes
from ingestion.sample.people import People, draw_people
from ingestion.sample.period import DAY, Period
from ingestion.sample.records import card_number, faces
from ingestion.sample.tender import Payments, draw_payments
from ingestion.sample.versions import export_days, newest, order_versions, sale_versions
from ingestion.sample.visits import Visits, draw_visits

PEOPLE_PER_CHUNK: Final = 5_000


@dataclass(frozen=True)
class Chunk:
    """Some of the people, and all that they do."""

    number: int
    people: People
    visits: Visits
    baskets: Baskets
    outcomes: Outcomes
    payments: Payments


def open_workshop(period: Period) -> duckdb.DuckDBPyConnection:
    """Return a connection with the macros and the tables that all chunks share."""
    connection = duckdb.connect()
    connection.execute(
        "set TimeZone = 'UTC'; set threads = 2; set memory_limit = '2GB'; set enable_progress_bar = false"
    )
    connection.execute(MACROS)
    shared: dict[str, list[dict[str, Any]]] = {
        "country": [{"no": k, **vars(country)} for k, country in enumerate(COUNTRIES)],
        "store": [{"no": k, **vars(store)} for k, store in enumerate(STORES)],
        "product": [{"no": k, **vars(product)} for k, product in enumerate(products())],
        "parcel": [{"no": 1}, {"no": 2}],
        "period": [{"finish": period.end, "end_date": period.end_date}],
    }
    for name, rows in shared.items():
        _put(connection, name, pa.Table.from_pylist(rows))
    return connection


def draw_chunk(draws: Draws, period: Period, number: int, people_count: int) -> Chunk:
    """Draw the chunk with this number out of `people_count` people in all."""
    first = number * PEOPLE_PER_CHUNK
    ids = np.arange(first, min(first + PEOPLE_PER_CHUNK, people_count), dtype=np.int64)
    people = draw_people(draws, ids, period)
    visits = draw_visits(draws, people, period, number)
    baskets = draw_baskets(draws, visits, people, period)
    outcomes = draw_outcomes(draws, visits, baskets, people, period)
    return Chunk(number, people, visits, baskets, outcomes, draw_payments(draws, visits, baskets, outcomes))


def load_chunk(connection: duckdb.DuckDBPyConnection, draws: Draws, period: Period, chunk: Chunk) -> None:
    """Put the chunk's tables in the place of those of the chunk before."""
    for name, table in (
        _events(period, chunk)
        | _records(draws, period, chunk)
        | _feedback(draws, period, chunk)
        | _engine(draws, period, chunk)
    ).items():
        _put(connection, name, table)


def _engine(draws: Draws, period: Period, chunk: Chunk) -> dict[str, pa.Table]:
    books = keep_books(draws, period, chunk.people, chunk.visits, chunk.baskets, chunk.outcomes, chunk.payments)
    return bonus.tables(books, period)


def _put(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("incoming", table)
    connection.execute(f"create or replace table {name} as select * from incoming")
    connection.unregister("incoming")


def _columns(of: object, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in fields(of) if field.name not in skip}  # type: ignore[arg-type]


def _events(period: Period, chunk: Chunk) -> dict[str, pa.Table]:
    visits, baskets, outcomes, payments = chunk.visits, chunk.baskets, chunk.outcomes, chunk.payments
    lines, refunds = baskets.lines, outcomes.refunds
    visit = {"pos": np.arange(len(visits)), "local_at": period.to_local(visits.at)}
    visit |= _columns(visits) | _columns(baskets, ("lines", "first_line")) | _columns(outcomes, ("refunds",))
    line = _columns(lines, ("order",)) | {"visit": lines.order}
    refund = _columns(refunds, ("order", "line")) | {
        "visit": refunds.order,
        "nth": lines.nth[refunds.line],
        "product": lines.product[refunds.line],
        "local_at": period.to_local(refunds.at),
        "export": export_days(period, refunds.at),
    }
    pending = np.zeros(len(visits), dtype=np.int64)
    pending[payments.order[(payments.settled > payments.at) & ~payments.fails]] = 1
    sales = sale_versions(visits, outcomes, period)
    deleted = sales.column("deleted_at").to_numpy()
    local = {"local_at": period.to_local(sales.column("at").to_numpy())}
    local["local_deleted_at"] = np.where(deleted < NEVER, period.to_local(deleted), NEVER)
    for name, values in local.items():
        sales = sales.append_column(name, pa.array(values))
    return {
        "visit": pa.table(visit),
        "line": pa.table(line),
        "refund": pa.table(refund),
        "payment": pa.table(_columns(payments, ("order",)) | {"visit": payments.order}),
        "order_version": order_versions(visits, outcomes, pending, period),
        "sale_version": sales,
    }


def _first_use(chunk: Chunk, nth: Ints, person: Ints, used: Ints) -> Ints:
    """Return the first visit with each account or card; `NEVER` when it was not used."""
    visits = chunk.visits
    first = np.full((len(chunk.people), 2), NEVER, dtype=np.int64)
    rows = np.flatnonzero((used >= 0) & (visits.person >= 0))
    np.minimum.at(first, (visits.person[rows], used[rows]), visits.at[rows])
    return np.asarray(first[person, nth])


def _began(draws: Draws, period: Period, chunk: Chunk, kind: str, nth: Ints, person: Ints, used: Ints) -> Ints:
    """Return when each account or card came to be: shortly before its first use, or before the period."""
    ids = chunk.people.ids[person] * 2 + nth
    first = _first_use(chunk, nth, person, used)
    joined = chunk.people.joined[person]
    unused = period.instant(
        joined + draws.below(f"{kind} day", ids, 30), 36_000 + draws.below(f"{kind} at", ids, 36_000)
    )
    shortly = first - 60 - draws.below(f"{kind} before", ids, 1200)
    began = np.where((first < NEVER) & ((joined >= 0) | (nth > 0)), shortly, unused)
    return np.asarray(np.minimum(np.minimum(began, np.where(first < NEVER, first - 60, NEVER)), period.end - 7200))


def _records(draws: Draws, period: Period, chunk: Chunk) -> dict[str, pa.Table]:
    people, visits = chunk.people, chunk.visits
    guests = np.zeros(len(people), dtype=np.int64)
    guests[visits.person[visits.online & (visits.account < 0)]] = 1
    tables = _accounts(draws, period, chunk) | _cards(draws, period, chunk)
    tables["guest"] = faces(draws, people, "guest", guests)
    tables["respondent"] = faces(draws, people, "respondent", np.ones(len(people), dtype=np.int64))
    # Who is planned to come once and subscribes to nothing has left with that visit.
    left = np.where((people.visits > 1) | people.subscribes, people.left, np.maximum(people.joined, 0))
    person = {"person": np.arange(len(people)), "person_id": people.ids, "country": people.country, "left_day": left}
    tables["person"] = pa.table(person)
    return tables


def _accounts(draws: Draws, period: Period, chunk: Chunk) -> dict[str, pa.Table]:
    people = chunk.people
    table = faces(draws, people, "account", people.accounts)
    person, nth = table.column("person").to_numpy(), table.column("nth").to_numpy()
    ids = people.ids[person] * 2 + nth
    created = _began(draws, period, chunk, "account", nth, person, chunk.visits.account)
    linked = people.links_card[person] & (nth == 0)
    extra = {
        "pos": np.arange(len(ids)),
        "customer_id": [str(100_000 + number) for number in ids.tolist()],
        "created_at": created,
        "is_verified": draws.chance("verified", ids, 0.8),
        "linked_card": [
            card_number(int(people.ids[p]), 0) if yes else None for p, yes in zip(person, linked, strict=True)
        ],
    }
    for name, values in extra.items():
        table = table.append_column(name, pa.array(values))
    moved = np.where(draws.chance("moves", ids, 0.1), created + DAY + draws.below("move", ids, 600 * DAY), NEVER)
    left = period.instant(people.left[person] + 90, np.full(len(ids), 50_000))
    gone = np.where(draws.chance("erased", ids, 0.006), np.maximum(left, created + DAY), NEVER)
    versions = _record_versions(period, created, {"moved": moved, "deleted": gone})
    return {"account": table, "account_version": versions, "consent": _consents(draws, period, extra, ids)}


def _record_versions(period: Period, began: Ints, changes: dict[str, Ints]) -> pa.Table:
    """Return the versions of records that change at the given instants; each version knows all changes so far."""
    at = np.concatenate([began, *changes.values()])
    record = np.tile(np.arange(len(began)), len(changes) + 1)
    return newest(period, record, at, {name: np.asarray(when[record] <= at) for name, when in changes.items()})


def _consents(draws: Draws, period: Period, account: dict[str, Any], ids: Ints) -> pa.Table:
    parts: list[pa.Table] = []
    for channel, share in (("email", 0.66), ("sms", 0.24), ("post", 0.1)):
        given = draws.chance(f"consents {channel}", ids, share)
        gone = given & draws.chance(f"withdraws {channel}", ids, 0.12)
        later = account["created_at"] + DAY + draws.below(f"withdrawn {channel}", ids, 700 * DAY)
        for happens, at, granted in ((given, account["created_at"], True), (gone, later, False)):
            rows = np.flatnonzero(happens & (at < period.end))
            columns = {
                "customer_id": [account["customer_id"][row] for row in rows.tolist()],
                "channel": [channel] * len(rows),
                "granted": np.full(len(rows), granted),
                "at": at[rows],
                "export": export_days(period, at[rows]),
            }
            parts.append(pa.table(columns, schema=_CONSENT))
    return pa.concat_tables(parts)


_CONSENT: Final = pa.schema(
    [
        ("customer_id", pa.string()),
        ("channel", pa.string()),
        ("granted", pa.bool_()),
        ("at", pa.int64()),
        ("export", pa.int64()),
    ]
)


def _cards(draws: Draws, period: Period, chunk: Chunk) -> dict[str, pa.Table]:
    people = chunk.people
    table = faces(draws, people, "card", people.cards)
    person, nth = table.column("person").to_numpy(), table.column("nth").to_numpy()
    ids = people.ids[person] * 2 + nth
    began = _began(draws, period, chunk, "card", nth, person, chunk.visits.card)
    stores = np.array(
        [[s for s, store in enumerate(STORES) if store.country == c][:1] or [0] for c in range(len(COUNTRIES))]
    )
    extra = {
        "pos": np.arange(len(ids)),
        "card_number": [card_number(number // 2, number % 2) for number in ids.tolist()],
        "store": stores[people.country[person], 0],
        "registered_local": period.to_local(began),
    }
    for name, values in extra.items():
        table = table.append_column(name, pa.array(values))
    switched = period.instant((people.joined + people.left)[person] // 2 + 1, np.full(len(ids), 40_000))
    has_next = (people.cards[person] > 1) & (nth == 0) & draws.chance("replaced", ids, 0.6)
    moved = np.where(draws.chance("new phone", ids, 0.06), began + DAY + draws.below("phone at", ids, 600 * DAY), NEVER)
    left = period.instant(people.left[person] + 120, np.full(len(ids), 50_000))
    changes = {
        "moved": moved,
        "replaced": np.where(has_next, np.maximum(switched, began + 60), NEVER),
        "deleted": np.where(draws.chance("card closed", ids, 0.004), left, NEVER),
    }
    versions = _record_versions(period, began, changes)
    local = period.to_local(versions.column("at").to_numpy())
    return {"card": table, "card_version": versions.append_column("local_at", pa.array(local))}


def _feedback(draws: Draws, period: Period, chunk: Chunk) -> dict[str, pa.Table]:
    asked, reviews = draw_feedback(draws, chunk.visits, chunk.outcomes, period)
    months = np.array([(period.date(day).year, period.date(day).month) for day in range(len(period.busyness))])
    month = (months[:, 0] - months[0, 0]) * 12 + months[:, 1]

    def monthly(instants: Ints) -> Ints:
        return np.asarray(month[np.clip(period.day_of(instants), 0, len(month) - 1)])

    said = _columns(asked) | {"pos": np.arange(len(asked.visit)), "sent_month": monthly(asked.sent)}
    tables = {"said": pa.table(said)}
    tables["said_version"] = _monthly_versions(
        period, np.where(asked.answered, asked.submitted, NEVER), asked.edited, asked.deleted, monthly
    )
    tables["review"] = pa.table(_columns(reviews) | {"pos": np.arange(len(reviews.visit))})
    never = np.full(len(reviews.at), NEVER)
    tables["review_version"] = _monthly_versions(period, reviews.at, reviews.edited, never, monthly)
    contacts = draw_contacts(draws, period, chunk.people, chunk.visits, chunk.outcomes, (asked, reviews))
    for name, table in contacts.items():
        tables[name] = table.append_column("month", pa.array(monthly(table.column("last").to_numpy())))
    return tables


def _monthly_versions(
    period: Period, at: Ints, edited: Ints, deleted: Ints, monthly: Callable[[Ints], Ints]
) -> pa.Table:
    instants = np.concatenate([at, np.where(at < NEVER, edited, NEVER), np.where(at < NEVER, deleted, NEVER)])
    record = np.tile(np.arange(len(at)), 3)
    rows = np.flatnonzero(instants < period.end)
    record, instants = record[rows], instants[rows]
    export = monthly(instants)
    order = np.lexsort((instants, export, record))
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (np.diff(record[order]) != 0) | (np.diff(export[order]) != 0)
    kept = order[last]
    record, instants = record[kept], instants[kept]
    return pa.table(
        {
            "record": record,
            "at": instants,
            "export": export[kept],
            "edited": edited[record] <= instants,
            "deleted_at": np.where(deleted[record] <= instants, deleted[record], NEVER),
        }
    )
