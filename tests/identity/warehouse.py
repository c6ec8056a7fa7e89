"""A small warehouse that the identity step runs on, night after night, and what may be asked of it.

Belongs here: making the tables that the step reads, and reading what it wrote. Does not belong here: any assertion.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.identity.record_history import Published
from orchestration.identity.resolve import Resolution, resolve_customers

FIRST_NIGHT = dt.date(2026, 1, 1)
BEGINNING = dt.datetime(2025, 1, 1)
KEYS = tuple("abcdefgh")
TABLES = """
create schema personal;
create schema rules;
create table personal.int_customer_record__standardise (
    customer_record_key varchar, given_key varchar, family_key varchar, birth_date date, card_number varchar,
    is_living_card boolean, created_at timestamp, is_identifiable boolean
);
create table personal.int_customer_link__exact (
    record_key_a varchar, record_key_b varchar, link_rule varchar, link_score double
);
create table personal.int_customer_link__decide (
    decision varchar, record_key_a varchar, record_key_b varchar, row_text varchar
);
create table rules.identity_match_setting (link_score_from double);
insert into rules.identity_match_setting values (0.85);
"""
Pair = tuple[str, str]


class Warehouse:
    """A warehouse whose records are by default 'a' to 'h', seen first in an order that is not that of their keys."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(TABLES)
        self.night = 0
        self.published = Published()

    def run(
        self,
        keys: Iterable[str],
        links: Iterable[Pair],
        on: dt.date | None = None,
        *,
        must: Iterable[Pair] = (),
        cannot: Iterable[Pair] = (),
        publish: bool = True,
    ) -> Resolution:
        """Run a night on these records and links; `publish` says whether readers get its result."""
        known = set(keys)
        links = [(a, b) for a, b in links if a in known and b in known]
        decisions = [("must_link", a, b) for a, b in must] + [("cannot_link", a, b) for a, b in cannot]
        self._write_records(sorted(known))
        self._write(
            "int_customer_link__exact",
            {
                "record_key_a": [a for a, _ in links],
                "record_key_b": [b for _, b in links],
                "link_rule": ["same_email"] * len(links),
                "link_score": [0.9] * len(links),
            },
        )
        self._write(
            "int_customer_link__decide",
            {
                "decision": [decision for decision, _, _ in decisions],
                "record_key_a": [min(a, b) for _, a, b in decisions],
                "record_key_b": [max(a, b) for _, a, b in decisions],
                "row_text": [f"{a} and {b}" for _, a, b in decisions],
            },
        )
        self.night += 1
        moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=self.night)
        resolution = resolve_customers(
            self.connection, on or FIRST_NIGHT + dt.timedelta(days=self.night), moment, self.published
        )
        if publish:
            current = (resolution.run_number, moment.replace(tzinfo=None))
            self.published = Published(self.published.runs | {current}, current)
        return resolution

    def _write_records(self, keys: list[str]) -> None:
        seen = [BEGINNING + dt.timedelta(days=(ord(key) * 5) % 8 if len(key) == 1 else 0) for key in keys]
        self._write(
            "int_customer_record__standardise",
            {"customer_record_key": keys, "created_at": seen, "is_identifiable": [True] * len(keys)},
        )

    def _write(self, table: str, columns: dict[str, list[Any]]) -> None:
        self.connection.execute(f"delete from personal.{table}")
        if next(iter(columns.values())):
            self.connection.register("content", pa.table(columns))
            self.connection.execute(f"insert into personal.{table} by name select * from content")
            self.connection.unregister("content")

    def map(self) -> dict[str, str]:
        """The id of every record."""
        return dict(self.rows("select customer_record_key, customer_id from identity.customer_record_map"))

    def clusters(self) -> dict[str, frozenset[str]]:
        """The records of every id."""
        members: defaultdict[str, set[str]] = defaultdict(set)
        for record, customer in self.map().items():
            members[customer].add(record)
        return {customer: frozenset(records) for customer, records in members.items()}

    def former(self) -> dict[str, str]:
        """The id of every record in what readers had before the night."""
        return dict(self.rows("select customer_record_key, customer_id from identity.customer_record_map_former"))

    def aliases(self) -> dict[str, str | None]:
        """Where every old id leads."""
        return dict(self.rows("select former_customer_id, customer_id from identity.customer_id_alias"))

    def log(self) -> list[tuple[Any, ...]]:
        """Event, survivor, absorbed and records moved of every logged event, and the run."""
        return self.rows(
            """select event, survivor_customer_id, absorbed_customer_id, records_moved, run_number
            from identity.customer_merge_log order by all"""
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query).fetchall()

    def snapshot(self, path: Path) -> Published:
        """Publish the tables that a release holds into a file, and return what the next night is told of it."""
        self.connection.execute(f"attach '{path}' as release")
        for statement in (
            "create schema release.customer",
            "create schema release.audit",
            "create table release.customer.customer_record_map as select * from identity.customer_record_map",
            "create table release.customer.customer_merge_log as select * from identity.customer_merge_log",
            """create table release.audit.identity_run as
            select * exclude (is_published), not is_published and run_number < max(run_number) over () as is_superseded
            from identity.identity_run""",
            "detach release",
        ):
            self.connection.execute(statement)
        return Published(self.published.runs, self.published.current, path)
